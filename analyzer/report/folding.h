/* SPDX-License-Identifier: MIT */
/* Which frames of a stack mean nothing to its reader, and what stands in their place. */
#ifndef FINLEAK_FOLDING_H
#define FINLEAK_FOLDING_H

#include "analyzer/report/debug_packages.h"
#include "analyzer/symbolize/symbolize.h"

enum fold {
	FOLD_NOT,
	FOLD_START,       /* how libc starts processes and threads */
	FOLD_INTERPRETER, /* of an interpreter or a virtual machine */
	FOLD_LIBRARY,     /* a language's own library, inlined or linked into the program */
	FOLD_NAMELESS,    /* no symbols */
};

enum fold fold_of(const struct frame *frame);

/*
 * fold_of() each of the COUNT FRAMES of a stack, innermost first, into FOLDS. libc without symbols
 * has no names for the outermost ones: those start the process or the thread, too.
 */
void fold_stack(const struct frame *frames, size_t count, enum fold *folds);

/* May A and B, which are folded alike, be one line? */
bool fold_joins(const struct frame *a, const struct frame *b);

/* Has FRAME an exported name alone? Between frames without symbols it adds nothing to them. */
bool fold_is_between_nameless(const struct frame *frame);

/*
 * What stands in place of COUNT FRAMES that are folded as FOLD; NULL: nothing need. PACKAGES knows
 * where symbols come from. The caller frees it.
 */
char *fold_text(enum fold fold, const struct frame *frames, size_t count,
		struct debug_packages *packages);

#endif
