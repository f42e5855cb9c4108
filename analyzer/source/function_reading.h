/* SPDX-License-Identifier: MIT */
/* What a short function does, by the words of its source: which calls, and what becomes of them. */
#ifndef FINLEAK_FUNCTION_READING_H
#define FINLEAK_FUNCTION_READING_H

#include "analyzer/source/function_body.h"

/* What stands in a function, as far as it was read. */
struct function_reading {
	const struct function_body *body;
	struct name object; /* of the first call: what it is a method of; LENGTH 0: none */
	unsigned int
		calls; /* but for those among arguments, and further ones on the same parameter */
	unsigned int behind_peek;   /* of these */
	unsigned int before_read;   /* the same: in front of the first one that reads */
	const char *call;           /* that one, or the first */
	const char *call_line;      /* that it is in */
	const char *statement_line; /* in which its statement begins; NULL: the same */
	const char *line;           /* in which the statement begins that is read */
	bool reads_given;           /* it reads from what the function was given */
	bool fills;                 /* and then, where there was more than the end, works on that */
	unsigned int depth;         /* of a call's parentheses, at the end of what was read */
	bool ends;                  /* it shuts the connection down, and is not named so */
	bool reads;                 /* one of the calls is named like one that reads */
	bool peeks;
	bool answers;      /* it returns something */
	bool returns;      /* what the call returned, or what it was assigned to */
	bool keeps;        /* something in an object or a table */
	bool keeps_before; /* the same, in front of the first call that reads */
	bool hands_over;   /* what comes later, to a function that it writes among arguments */
	bool judges;       /* compares something with what reads return at the end, or raises */
};

/* Reads the function of SOURCE whose body is READING's; all else of READING is zeroed. */
void function_read(const struct source *source, struct function_reading *reading);

#endif
