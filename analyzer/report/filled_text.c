/* SPDX-License-Identifier: MIT */
#include "analyzer/report/filled_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/printed_text.h"

/* The word whose "{name}" TEXT begins with, of LENGTH bytes; ADVICE_WORDS: none. */
static unsigned int word_at(const char *text, size_t *length)
{
	unsigned int word;

	if (text[0] != '{')
		return ADVICE_WORDS;
	for (word = 0; word < ADVICE_WORDS; word++) {
		const char *name = advice_word_name(word);

		*length = strlen(name) + 2;
		if (strncmp(text + 1, name, *length - 2) == 0 && text[*length - 1] == '}')
			break;
	}
	return word;
}

char *filled_text(const char *text, words_for *words, const void *context)
{
	FILE *out = printed_text_begin();
	size_t length;

	for (; *text; text += length) {
		enum advice_word word = word_at(text, &length);

		if (word < ADVICE_WORDS) {
			char *filled = words(context, word);

			fputs(filled, out);
			free(filled);
		} else {
			length = 1 + strcspn(text + 1, "{");
			fwrite(text, 1, length, out);
		}
	}
	return printed_text_end(out);
}
