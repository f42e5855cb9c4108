/* SPDX-License-Identifier: MIT */
/*
 * Who keeps what a function has opened for it: `client->fd = connect_to(port);`, `connect_to(port,
 * &client->fd)`. What the member had before is lost, unless it was closed.
 */
#ifndef FINLEAK_KEEPERS_H
#define FINLEAK_KEEPERS_H

#include "analyzer/call_sites/own_code.h"
#include "analyzer/source/source_words.h"

struct keeper {
	const struct frame *frame; /* NULL: nobody keeps it, as far as is known */
	struct name member;        /* "fd", of whichever object */
	bool replaces;             /* the object has been there before, and may have had another */
};

/*
 * The frame, of those from FRAME on and in front of END, whose function keeps in a member of an
 * object what FRAME's call has opened: by itself, or because the function of FRAME has returned it,
 * stored it where a parameter points, or one that has handed it further. They are own code of a
 * program that is EXECUTABLE.
 */
struct keeper keeper_of(struct symbolizer *symbolizer, const struct frame *frame,
			const struct frame *end, const char *executable,
			const struct own_globs *globs);

/*
 * The last of these frames, in a row, that return what the function of FRAME has returned; NULL:
 * the first does not.
 */
const struct frame *hander_out_of(struct symbolizer *symbolizer, const struct frame *frame,
				  const struct frame *end, const char *executable,
				  const struct own_globs *globs);

#endif
