/* SPDX-License-Identifier: MIT */
/*
 * The script frames of a thread, and their place in its native stack. Signal-safe, any thread;
 * within a visit that has a recording.
 */
#ifndef FINLEAK_SCRIPT_FRAMES_H
#define FINLEAK_SCRIPT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/recording/recording.h"
#include "preload/runtimes/runtime.h"

/* Innermost first. */
struct script_frames {
	uint32_t rows[RECORDED_FRAMES_MAX]; /* with ENDS_RUN: see script_frames_end_run() */
	size_t count;
	size_t max; /* as many as there is use for, at most RECORDED_FRAMES_MAX */
	size_t runs;
	bool cut; /* there are more */

	/*
	 * What lies outside of the outermost loop only started the runtime, and is left out. The
	 * frames are all that the thread ran, also where the native stack could not be followed.
	 */
	bool is_whole;
};

/*
 * Adds ROW of SECTION_SCRIPTS. False: there are `max`, and `cut` is set. ROW is not NO_SCRIPT.
 */
bool script_frames_add(struct script_frames *frames, uint32_t row);

/*
 * The frame added last is the outermost of its run: the next one was executed by another native
 * frame of the runtime's loop. Of no effect where that is known already, or there is no frame yet.
 */
void script_frames_end_run(struct script_frames *frames);

/*
 * Stores up to MAX frames of NATIVE in MERGED, those of RUNTIME's scripts among them, and returns
 * how many; *cut is whether MERGED has all. 0: no script of RUNTIME runs in this thread.
 *
 * What is kept of the native frames is what a reader of the language's own traceback does not know
 * already: extensions and libraries, wherever they lie between the script's frames, and the program
 * that embeds the runtime, at the outer end.
 */
size_t script_frames_merge(struct ledger *ledger, const struct runtime *runtime,
			   const struct native_stack *native, uint64_t *merged, size_t max,
			   bool *cut);

#endif
