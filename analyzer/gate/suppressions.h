/* SPDX-License-Identifier: MIT */
/*
 * Files of leaks to keep quiet about, in the format of LeakSanitizer: a line KIND:PATTERN each, '#'
 * at the start of a line begins a comment. Patterns are those of wildcard.h.
 */
#ifndef FINLEAK_SUPPRESSIONS_H
#define FINLEAK_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>

/* What the pattern is for. */
enum suppression_kind {
	SUPPRESS_LEAK,   /* function, file or module of any frame */
	SUPPRESS_EOF,    /* ... of a frame of the stack where EOF was read */
	SUPPRESS_OPENED, /* ... of the stack where the socket was opened */
	SUPPRESS_CLASS,
	SUPPRESS_PEER,  /* address of a single socket */
	SUPPRESS_LABEL, /* a label of a single socket */
	SUPPRESS_ID,
	SUPPRESSION_KINDS,
};

struct suppression {
	enum suppression_kind kind;
	char *wildcard;
	char *text; /* as it is in the file */
	char *file;
	unsigned int line;
};

/* Zeroed at first. */
struct suppressions {
	struct suppression *list;
	size_t count;
};

/*
 * Appends those of the file PATH. Returns false with one line on stderr (file, line, reason) for a
 * file that can't be read, or the first line in it that is none.
 */
bool suppressions_read(struct suppressions *suppressions, const char *path);
void suppressions_clear(struct suppressions *suppressions);

#endif
