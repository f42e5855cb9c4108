/* SPDX-License-Identifier: MIT */
/* A function of a language with braces that does nothing but call another one, by its source:
 * `[this, socket] { readSome(socket); }`, `{ conn_read(stream->data, length); }`. */
#ifndef FINLEAK_SOLE_CALL_H
#define FINLEAK_SOLE_CALL_H

#include "analyzer/source/source_cursor.h"

struct sole_call {
	struct name name;    /* LENGTH 0: the function does more, or less */
	struct name class;   /* of what has a definition; LENGTH 0: of no method */
	unsigned int number; /* the line that defines it; 0: not in this file, or it is not clear */
};

/* Of the function whose { CURSOR is behind. */
struct sole_call sole_call_behind(struct source_cursor cursor);

/* Of the lambda of C++ whose [ CURSOR is in front of. */
struct sole_call sole_call_of_lambda(struct source_cursor cursor);

#endif
