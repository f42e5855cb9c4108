/* SPDX-License-Identifier: MIT */
/* Starts a program that is recorded from the kernel, from its first instruction on. */
#ifndef FINLEAK_ATTACH_LAUNCH_H
#define FINLEAK_ATTACH_LAUNCH_H

#include <stdbool.h>

#include "analyzer/attach/attach_loop.h"

/* What became of it. */
struct attach_launched {
	bool started;
	int signal; /* that ended it; 0 none */
};

/*
 * Runs ARGV (NULL-terminated) in LOOP's session and records it until its end; with WAIT_FOR_ALL
 * until that of all that it has started. Signals that ask for the end are handed on to it. Returns
 * its exit status (128+N if signal N ended it), or 125, 126 or 127 with one line on stderr.
 */
int attach_launch(struct attach_loop *loop, char *const *argv, bool wait_for_all,
		  struct attach_launched *launched);

#endif
