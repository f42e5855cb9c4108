/* SPDX-License-Identifier: MIT */
#include "analyzer/report/line.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

FILE *line_begin(struct line *line)
{
	*line = (struct line){ 0 };
	line->out = open_memstream(&line->text, &line->size);
	if (!line->out)
		allocate_failed();
	return line->out;
}

char *line_end(struct line *line)
{
	if (fclose(line->out) != 0)
		allocate_failed();
	if (line->size)
		return line->text;
	free(line->text);
	return NULL;
}
