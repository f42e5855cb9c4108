/* SPDX-License-Identifier: MIT */
/* The stack of a thread of another process, with the lines of the scripts that it runs. */
#ifndef FINLEAK_SCRIPT_STACK_H
#define FINLEAK_SCRIPT_STACK_H

#include <stddef.h>
#include <stdint.h>
#include "analyzer/recordings/recording_snapshot.h"

/* Where the lines of scripts go. */
struct script_rows {
	/* The number of PLACE, whose texts last for the call; UINT32_MAX: there is no room. */
	uint32_t (*row)(void *context, const struct script_place *place);
	void *context;
};

/*
 * Merges what thread TID of process PID runs in an interpreter into its COUNT return addresses
 * NATIVE (innermost first; perhaps none), as the recorder does: MERGED gets up to ROOM frames,
 * script frames by their row in ROWS. Returns how many; 0: it runs no script that can be read.
 *
 * Of a thread that has run meanwhile it is of no use. Takes the right to ptrace.
 */
size_t script_stack_merge(int pid, int tid, const uint64_t *native, size_t count,
			  const struct script_rows *rows, uint64_t *merged, size_t room);

#endif
