/* SPDX-License-Identifier: MIT */
/* Where the source of a short function begins and ends: of several lines, or within one. */
#ifndef FINLEAK_FUNCTION_BODY_H
#define FINLEAK_FUNCTION_BODY_H

#include "analyzer/source/source_cursor.h"

/* A longer function is not read for what becomes of a connection in it. */
#define FUNCTION_LINES_MAX 400u

/* Refers to its source. */
struct function_body {
	const char *head;  /* the line of its name and parameters, or the last of these lines */
	struct name name;  /* what it is called by; of a lambda: the variable that it is kept in */
	const char *begin; /* in line FIRST */
	unsigned int first;
	const char *end; /* in line LAST; NULL: where that ends */
	unsigned int last;
	bool is_expression; /* whose value it returns: no block */
};

/*
 * Finds the body of FUNCTION (as frames name it) around line NUMBER of SOURCE. False: it has more
 * than LINES lines, or it is not clear where it is.
 */
bool function_body_around(const struct source *source, const char *function, unsigned int number,
			  unsigned int lines, struct function_body *body);

/* Finds the body of FRAME's function, whose line is in it, or is the one that defines it. */
bool function_body_of(const struct source *source, const struct frame *frame,
		      struct function_body *body);

/* FUNCTION as calls name it: "read" of "net::Client::read(char*, int)" and "main.(*client).read".
 */
struct name function_plain_name(const char *function);

/* Which parameter of BODY's function is NAME, from 0 on? -1: none. */
int function_parameter(const struct source *source, const struct function_body *body,
		       struct name name);

/*
 * Does FUNCTION make an object, by its name: "Client.__init__", "Client::Client()", "client_new",
 * "main.NewClient"? What it keeps has had no value before.
 */
bool function_constructs(const char *function);

/* A walk through BODY, which ends with it. */
struct source_cursor function_body_cursor(const struct source *source,
					  const struct function_body *body);
bool function_body_next(const struct function_body *body, struct source_cursor *cursor,
			struct source_token *token);

#endif
