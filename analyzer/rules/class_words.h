/* SPDX-License-Identifier: MIT */
/*
 * What classes and reasons mean, in words: for reports, `finleak explain` and docs/CLASSES.md,
 * where each name is an anchor.
 */
#ifndef FINLEAK_CLASS_WORDS_H
#define FINLEAK_CLASS_WORDS_H

#include <stdbool.h>

#include "analyzer/rules/classes.h"

struct class_words {
	const char *name;     /* "eof-unclosed" */
	const char *headline; /* what happened: one sentence */
	enum verdict verdict; /* its own; some rules make it less */
	const char *means;    /* sentences */
	const char *fix;
};

struct reason_words {
	const char *name;     /* NULL: of REASON_NONE, which has no words */
	const char *headline; /* in place of the class's; NULL: that fits */
	const char *means;
	const char *fix;
};

const struct class_words *class_words(enum leak_class class);
const struct reason_words *reason_words(enum leak_reason reason);

/* The class called NAME; false: there is none. */
bool class_by_name(const char *name, enum leak_class *class);

/* The reason called NAME; false: there is none. */
bool reason_by_name(const char *name, enum leak_reason *reason);

#endif
