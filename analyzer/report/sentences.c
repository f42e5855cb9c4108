/* SPDX-License-Identifier: MIT */
#include "analyzer/report/sentences.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

void sentences_add(struct sentences *sentences, char *text)
{
	char **next;

	if (!text)
		return;
	next = allocate_next(&sentences->list, sentences->count, sizeof(char *));
	*next = text;
	sentences->count++;
}

void sentences_clear(struct sentences *sentences)
{
	size_t i;

	for (i = 0; i < sentences->count; i++)
		free(sentences->list[i]);
	free(sentences->list);
	*sentences = (struct sentences){ 0 };
}
