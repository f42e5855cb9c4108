/* SPDX-License-Identifier: MIT */
/* The stack of a thread of another process, with the lines of the scripts that it runs. */
#ifndef FINLEAK_SCRIPT_STACK_H
#define FINLEAK_SCRIPT_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/script_stacks/python_chain.h"
#include "preload/runtimes/script_merge.h"

/* Where the lines of scripts go. */
struct script_rows {
	/* The number of PLACE, whose texts last for the call; UINT32_MAX: there is no room. */
	uint32_t (*row)(void *context, const struct script_place *place);
	void *context;
};

/*
 * Merges CHAIN, which a thread of PYTHON's process ran, into its stack NATIVE, as the recorder
 * does: MERGED gets up to ROOM frames, script frames by their row in ROWS; *cut is whether these
 * are not all. Returns how many; 0: CHAIN can't be named any more, or there is no room.
 */
size_t script_stack_place(struct python_process *python, const struct python_chain *chain,
			  const struct native_stack *native, const struct script_rows *rows,
			  uint64_t *merged, size_t room, bool *cut);

/*
 * Merges what thread TID of process PID runs in an interpreter now into its COUNT return addresses
 * NATIVE (innermost first; perhaps none), as above. Returns how many; 0: it runs no script that can
 * be read.
 *
 * Of a thread that has run meanwhile it is of no use. Takes the right to ptrace.
 */
size_t script_stack_merge(int pid, int tid, const uint64_t *native, size_t count,
			  const struct script_rows *rows, uint64_t *merged, size_t room);

#endif
