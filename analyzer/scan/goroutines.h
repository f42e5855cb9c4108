/* SPDX-License-Identifier: MIT */
/* The goroutines of a running Go program that no thread runs now, read without stopping it. */
#ifndef FINLEAK_GOROUTINES_H
#define FINLEAK_GOROUTINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOROUTINES_MAX       4096
#define GOROUTINE_FRAMES_MAX 64

struct goroutine {
	uint64_t number; /* as Go prints it */
	bool is_ready;   /* it waits for a thread alone */
	uint32_t frames;
	uint64_t pc[GOROUTINE_FRAMES_MAX]; /* where it will go on, return addresses */
};

/*
 * Calls TAKE with CONTEXT and each goroutine of process PID that waits, GOROUTINES_MAX at most.
 * BIAS: the addresses of its executable in memory less those in the file. *left gets how many more
 * there are. False: where they are can't be found, in a program that was stripped, or they may not
 * be read. Takes the right to ptrace.
 *
 * A goroutine that moves while it is read is left out.
 */
bool goroutines_each(int pid, uint64_t bias,
		     void (*take)(void *context, const struct goroutine *goroutine), void *context,
		     uint64_t *left);

#endif
