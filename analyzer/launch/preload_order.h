/* SPDX-License-Identifier: MIT */
/* Which library a process calls before it comes to the recorder. */
#ifndef FINLEAK_PRELOAD_ORDER_H
#define FINLEAK_PRELOAD_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Does a library that has a socket() of its own stand before the recorder LIBRARY in the LD_PRELOAD
 * of PID? Its name goes into NAME of SIZE bytes. Runtimes of sanitizers, which call on, do not
 * count.
 */
bool preload_order_is_behind(pid_t pid, const char *library, char *name, size_t size);

#endif
