/* SPDX-License-Identifier: MIT */
/*
 * What a call in the source is about: variables that it is given, the one that it is a method of,
 * and what its result is kept in.
 */
#ifndef FINLEAK_CALL_SUBJECTS_H
#define FINLEAK_CALL_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/source/source_words.h"

#define CALL_SUBJECTS_MAX 8

struct call_subjects {
	struct name names[CALL_SUBJECTS_MAX]; /* in the lines that they were found in */
	size_t count;
};

/* Adds those of the call in LINE, up to a comment. */
void add_call_subjects(struct call_subjects *subjects, const char *line);

/* Does LINE have one of them? */
bool has_call_subject(const char *line, const struct call_subjects *subjects);

#endif
