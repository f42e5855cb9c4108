/* SPDX-License-Identifier: MIT */
/* How many TCP connections our network namespace has had. */
#ifndef FINLEAK_KERNEL_CONNECTIONS_H
#define FINLEAK_KERNEL_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets *COUNT to the number of connections that any process in our network namespace has opened or
 * accepted so far. False: the kernel does not say.
 */
bool kernel_connections_count(uint64_t *count);

#endif
