/* SPDX-License-Identifier: MIT */
/* A list of sentences of a report. Nothing in them is escaped. */
#ifndef FINLEAK_SENTENCES_H
#define FINLEAK_SENTENCES_H

#include <stddef.h>

/* Zeroed at first. */
struct sentences {
	char **list;
	size_t count;
};

/* Takes TEXT over; NULL adds nothing. */
void sentences_add(struct sentences *sentences, char *text);
void sentences_clear(struct sentences *sentences);

#endif
