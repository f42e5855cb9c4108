/* SPDX-License-Identifier: MIT */
#include "analyzer/report/filled_text.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/base/allocate.h"

/* The word whose "{name}" TEXT begins with, of LENGTH bytes; ADVICE_WORDS: none. */
static unsigned int word_at(const char *text, size_t *length)
{
	unsigned int word;

	for (word = 0; word < ADVICE_WORDS; word++) {
		const char *name = advice_word_name(word);

		*length = strlen(name) + 2;
		if (text[0] == '{' && strncmp(text + 1, name, *length - 2) == 0 &&
		    text[*length - 1] == '}')
			break;
	}
	return word;
}

char *filled_text(const char *text, const char *const words[ADVICE_WORDS])
{
	size_t size, length;
	char *filled = NULL;
	FILE *out = open_memstream(&filled, &size);

	if (!out)
		allocate_failed();
	while (*text) {
		unsigned int word = word_at(text, &length);

		if (word < ADVICE_WORDS) {
			fputs(words[word], out);
			text += length;
		} else {
			fputc(*text++, out);
		}
	}
	if (fclose(out) != 0)
		allocate_failed();
	return filled;
}
