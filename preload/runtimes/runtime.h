/* SPDX-License-Identifier: MIT */
/*
 * What the recorder needs of a language's run time to name its frames: one of these for each, in a
 * folder of its own, and a row in runtimes.c. Everything here is signal-safe and for any thread,
 * within a visit that has a recording, unless its comment states otherwise.
 */
#ifndef FINLEAK_RUNTIME_H
#define FINLEAK_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/runtimes/script_merge.h"

struct ledger;
struct loaded_symbols;

/* An object that is loaded, and stays loaded while it is examined. */
struct runtime_module {
	const char *path;
	const char *program; /* the path of the executable, which stays in memory */
	uint64_t start, end; /* where its segments are in memory: [start, end) */
	const struct loaded_symbols *symbols;
};

enum frames_taken {
	TOOK_FRAMES,  /* as many as there are: perhaps none */
	TOOK_NOTHING, /* something was not what it should be */
	TOOK_NO_ROOM, /* the recording has no room for another script frame */
};

struct runtime {
	/* As the analyzer knows it (analyzer/symbolize/languages.h). */
	const char *language;

	/*
	 * Is MODULE this runtime, in a version whose frames can be taken? Two threads may ask at
	 * once: one of them gets true, once in the life of the process (what is learned of one
	 * runtime does not hold for another). *At start-up or later, also without a recording.*
	 */
	bool (*detect)(const struct runtime_module *module);

	/* Whose is the frame with return address PC? */
	enum native_frame (*native_frame)(uint64_t pc);

	/*
	 * Adds the calling thread's script frames to FRAMES, which is empty, by
	 * script_frames_add(). NATIVE has a frame of the runtime: its module can't be unloaded
	 * meanwhile. Neither allocates nor takes a lock, unless the runtime's header explains why
	 * it may; what may not be there is read by readable() only.
	 */
	enum frames_taken (*take)(struct ledger *ledger, const struct native_stack *native,
				  struct script_frames *frames);

	/* FRAMES had several frames, and as many runs as NATIVE has loops. NULL: no need. */
	void (*confirm)(void);
};

#endif
