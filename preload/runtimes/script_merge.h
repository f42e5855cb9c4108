/* SPDX-License-Identifier: MIT */
/*
 * Script frames, and their place in a native stack. For the recorder (signal-safe, any thread), and
 * for the analyzer, which reads the stacks of another process.
 */
#ifndef FINLEAK_SCRIPT_MERGE_H
#define FINLEAK_SCRIPT_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/recording/recording.h"

/* A thread's return addresses, innermost first. */
struct native_stack {
	const uint64_t *pc;
	size_t count;
	bool cut; /* there are more */
};

/* Whose a native frame is. */
enum native_frame {
	NATIVE_FOREIGN, /* not the runtime's: kept */
	NATIVE_RUNTIME, /* the runtime's own code: left out */
	NATIVE_LOOP,    /* the runtime's loop: the script's frames that it ran stand in its place */
};

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

/* Whose the native frames are. */
struct native_kinds {
	uint8_t of[RECORDED_FRAMES_MAX]; /* enum native_frame */
	size_t loops;
	size_t first, last; /* indexes of the loops; how many frames there are: no runtime's */
};

/* Counts and finds the loops of COUNT frames, of which `of` is set. */
void native_kinds_find(struct native_kinds *kinds, size_t count);

/*
 * Stores up to MAX frames of NATIVE, which are of KINDS, in MERGED, with FRAMES in their place, and
 * returns how many; *cut is whether that is not all.
 */
size_t script_frames_place(const struct script_frames *frames, const struct native_stack *native,
			   const struct native_kinds *kinds, uint64_t *merged, size_t max,
			   bool *cut);

#endif
