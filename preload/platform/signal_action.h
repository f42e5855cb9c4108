/* SPDX-License-Identifier: MIT */
/* What the kernel does with a signal: by bare system calls, past whoever interposes libc's. */
#ifndef FINLEAK_SIGNAL_ACTION_H
#define FINLEAK_SIGNAL_ACTION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "preload/platform/raw_calls.h"

/* The kernel's own mask: a bit for each of its 64 signals. */
#define SIGNAL_MASK_SIZE 8

/* Of rt_sigaction(2), what every architecture has first. */
struct signal_action {
	uintptr_t handler; /* 0: SIG_DFL */
	uint64_t flags;
	uint64_t rest[6];
};

/* Stores what becomes of signal NUMBER. False: there is no such signal. Leaves errno alone. */
static inline bool signal_action_of(int number, struct signal_action *action)
{
	*action = (struct signal_action){ .handler = 0 };
	return raw_call(SYS_rt_sigaction, number, 0, (long)(uintptr_t)action, SIGNAL_MASK_SIZE) ==
	       0;
}

#endif
