/* SPDX-License-Identifier: MIT */
#include "analyzer/report/line.h"

#include <stdlib.h>

#include "analyzer/base/printed_text.h"

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

FILE *line_begin(struct line *line)
{
	line->out = printed_text_begin();
	return line->out;
}

char *line_end(struct line *line)
{
	char *text = printed_text_end(line->out);

	if (text[0])
		return text;
	free(text);
	return NULL;
}
