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
#include "preload/runtimes/runtime.h"
#include "preload/runtimes/script_merge.h"

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
