/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of all recordings, interned: the same code reached the same way in two processes, at
 * whatever addresses, is one backtrace, so that pointers can be compared.
 */
#ifndef FINLEAK_BACKTRACES_H
#define FINLEAK_BACKTRACES_H

#include <uthash.h>
#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/symbolize/symbolize.h"

struct backtrace_frame {
	const struct code_module *module;  /* NULL: no recorded module covers the address */
	const struct script_place *script; /* a script's frame; then module is NULL, offset 0 */
	uint64_t offset;                   /* return address - bias; without a module, as it is */
};

struct backtrace {
	struct backtrace_frame *frames; /* innermost first */
	size_t count;
	struct frame *named; /* with inlined callers; NULL until backtrace_name */
	size_t named_count;
	UT_hash_handle hh;
};

struct backtraces;

/* Ends with backtraces_free; the recordings asked for must live as long. */
struct backtraces *backtraces_new(void);
void backtraces_free(struct backtraces *backtraces);

/* The backtrace of stack ID in RECORDING; NULL where there is none (or RECORDING is NULL). */
struct backtrace *backtraces_intern(struct backtraces *backtraces,
				    const struct recording *recording, uint32_t id);

/*
 * The backtrace of THREAD of OBSERVATION, of the process of RECORDING, as its modules were known
 * last; NULL where it has none (or THREAD is NULL). OBSERVATION must live as long, too.
 */
struct backtrace *backtraces_intern_observed(struct backtraces *backtraces,
					     const struct recording *recording,
					     const struct observation *observation,
					     const struct observed_thread *thread);

/* Is there a map of the code that RECORDING's process made at run time (code_map_file.h)? */
bool backtraces_have_map(struct backtraces *backtraces, const struct recording *recording);

/* Fills `named` (once), less what only leads to the recorder (wrapper_frames.h). */
void backtrace_name(struct backtrace *backtrace, struct symbolizer *symbolizer);

#endif
