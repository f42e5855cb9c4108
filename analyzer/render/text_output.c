/* SPDX-License-Identifier: MIT */
#include "analyzer/render/text_output.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"

#define TEXT_WIDTH 100

void text_begin(const struct text *text, enum style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "",         [STYLE_BOLD] = "\033[1m",
		[STYLE_RED] = "\033[1;31m", [STYLE_YELLOW] = "\033[1;33m",
		[STYLE_DIM] = "\033[2m",
	};

	if (text->color)
		fputs(codes[style], text->out);
}

void text_end(const struct text *text)
{
	if (text->color)
		fputs("\033[0m", text->out);
}

const char *text_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void text_wrapped(FILE *out, const char *label, const char *text)
{
	size_t column = strlen(label);

	fputs(label, out);
	while (*text) {
		size_t length = strcspn(text, " ");
		char *word = allocate_printed("%.*s", (int)length, text);

		if (column > strlen(label) && column + 1 + length > TEXT_WIDTH) {
			fprintf(out, "\n%*s", (int)strlen(label), "");
			column = strlen(label);
		} else if (column > strlen(label)) {
			fputc(' ', out);
			column++;
		}
		utf8_print_escaped(out, word);
		free(word);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}
