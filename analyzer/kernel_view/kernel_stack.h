/* SPDX-License-Identifier: MIT */
/* The stack of a thread of another process that sleeps, read without stopping it. */
#ifndef FINLEAK_KERNEL_STACK_H
#define FINLEAK_KERNEL_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/kernel_view/kernel_thread.h"

/*
 * Reads up to ROOM addresses of the stack of thread TID of process PID, innermost first, into PC:
 * where it will go on, then return addresses, without the recorder's own. Returns how many; 0: the
 * thread does not sleep, has moved meanwhile, or may not be read.
 *
 * The kernel shows the stack pointer of a thread that sleeps in a system call, and lets us copy its
 * memory. The other registers are unknown, so the stack ends where a frame needs one that no inner
 * frame has saved.
 *
 * Modules of the process are hostile files: they are read by a child process with limits and, where
 * we are root, with the rights of the user whose process it is. Takes some 10 ms. Waits for that
 * child only; SIGCHLD is sent for it.
 */
size_t kernel_stack_read(uint64_t *pc, size_t room, int pid, int tid);

#endif
