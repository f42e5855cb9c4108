/* SPDX-License-Identifier: MIT */
/*
 * Who keeps what a function has opened for it: `client->fd = connect_to(port);`. What the member
 * had before is lost, unless it was closed.
 */
#ifndef FINLEAK_KEEPERS_H
#define FINLEAK_KEEPERS_H

#include "analyzer/call_sites/own_code.h"

/*
 * The frame, of those behind FRAME and in front of END, whose line keeps in a member of an object
 * what the function of FRAME has returned, or one that has returned it further; NULL: none. They
 * are own code of a program that is EXECUTABLE.
 */
const struct frame *keeper_of(struct symbolizer *symbolizer, const struct frame *frame,
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
