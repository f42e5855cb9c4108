/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/joined_lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analyzer/base/allocate.h"

struct joined_lines {
	FILE *to;
	bool at_start; /* of a line, whose blanks are left out */
};

static ssize_t write_joined(void *cookie, const char *text, size_t size)
{
	struct joined_lines *joined = cookie;
	char *line = allocate_zeroed(size + 1, 1);
	size_t length = 0, i;
	bool written;

	for (i = 0; i < size; i++) {
		if (text[i] == '\n') {
			joined->at_start = true;
		} else if (!joined->at_start || text[i] != ' ') {
			joined->at_start = false;
			line[length++] = text[i];
		}
	}
	written = fwrite(line, 1, length, joined->to) == length;
	free(line);
	return written ? (ssize_t)size : 0;
}

static int end_line(void *cookie)
{
	struct joined_lines *joined = cookie;
	bool failed = fputc('\n', joined->to) == EOF || fflush(joined->to) != 0;

	free(joined);
	return failed ? EOF : 0;
}

FILE *joined_lines_open(FILE *to)
{
	const cookie_io_functions_t calls = { .write = write_joined, .close = end_line };
	struct joined_lines *joined = allocate_zeroed(1, sizeof(*joined));
	FILE *stream;

	joined->to = to;
	stream = fopencookie(joined, "w", calls);
	if (!stream)
		free(joined);
	return stream;
}
