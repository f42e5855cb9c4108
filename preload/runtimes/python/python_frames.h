/* SPDX-License-Identifier: MIT */
/*
 * Python's frames in a stack: where the interpreter's evaluation loop ran a script, the script's
 * frames stand for it. Signal-safe, any thread, without the GIL; within a visit that has a
 * recording.
 */
#ifndef FINLEAK_PYTHON_FRAMES_H
#define FINLEAK_PYTHON_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/*
 * NATIVE: COUNT return addresses of the calling thread, innermost first; *cut: there were more.
 * Stores up to MAX frames of the same stack in MERGED, the scripts' among them
 * (recorded_is_script), and returns how many; *cut is whether MERGED has all. 0: no script
 * runs in this thread.
 *
 * What is kept of the native frames is what a reader of a Python traceback does not know already: C
 * extensions and libraries, wherever they lie between Python's frames, and the program that embeds
 * the interpreter, at the outer end. The interpreter's own code is left out.
 */
size_t python_frames_merge(struct ledger *ledger, const uint64_t *native, size_t count,
			   uint64_t *merged, size_t max, bool *cut);

#endif
