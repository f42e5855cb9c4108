/* SPDX-License-Identifier: MIT */
#include "analyzer/render/text_output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/printed_text.h"
#include "analyzer/base/utf8.h"

/* Prose on longer lines is hard to read; frames and source may take them. */
#define PROSE_WIDTH 100

/* On fewer columns nothing of use fits. */
#define WIDTH_MIN 40

#define ELLIPSIS "\xe2\x80\xa6"

unsigned int text_width_of(FILE *out)
{
	struct winsize size;
	int fd = fileno(out);

	if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return TEXT_WIDTH;
	return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

unsigned int text_width(const struct text *text)
{
	return text->width ? text->width : TEXT_WIDTH;
}

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

char *text_escaped(const char *any)
{
	FILE *out;

	/* Nearly all are. */
	if (utf8_is_safe(any))
		return allocate_text(any);
	out = printed_text_begin();
	utf8_print_escaped(out, any);
	return printed_text_end(out);
}

/* The columns of the first SIZE bytes of ESCAPED, or of all of it. */
static size_t columns_of(const char *escaped, size_t size)
{
	const char *end = escaped + size;
	size_t columns = 0, length;
	uint32_t character;

	for (; escaped < end && (length = utf8_decode(escaped, &character)) > 0; escaped += length)
		columns++;
	return columns;
}

size_t text_columns(const char *escaped)
{
	return columns_of(escaped, strlen(escaped));
}

/* The bytes of ESCAPED's first COLUMNS. */
static size_t bytes_of(const char *escaped, size_t columns)
{
	size_t bytes = 0, length;
	uint32_t character;

	while (columns-- && (length = utf8_decode(escaped + bytes, &character)) > 0)
		bytes += length;
	return bytes;
}

void text_print_cut(FILE *out, const char *escaped, size_t columns, bool from_end)
{
	size_t all = text_columns(escaped);

	if (all <= columns)
		fputs(escaped, out);
	else if (columns && from_end)
		fprintf(out, ELLIPSIS "%s", escaped + bytes_of(escaped, all - (columns - 1)));
	else if (columns)
		fprintf(out, "%.*s" ELLIPSIS, (int)bytes_of(escaped, columns - 1), escaped);
}

size_t text_wrapped(const struct text *text, const char *label, const char *any)
{
	size_t width = text_width(text) < PROSE_WIDTH ? text_width(text) : PROSE_WIDTH;
	size_t indent = text_columns(label), column = indent, lines = 1;
	char *escaped = text_escaped(any);
	const char *rest = escaped;

	fputs(label, text->out);
	while (*rest) {
		size_t bytes = strcspn(rest, " "), room = width - indent;
		size_t columns = columns_of(rest, bytes);

		/* A word that fits on no line is broken, so that nothing is lost. */
		if (columns > room) {
			bytes = bytes_of(rest, room);
			columns = room;
		}
		if (column > indent && column + 1 + columns > width) {
			fprintf(text->out, "\n%*s", (int)indent, "");
			column = indent;
			lines++;
		} else if (column > indent) {
			fputc(' ', text->out);
			column++;
		}
		fwrite(rest, 1, bytes, text->out);
		column += columns;
		rest += bytes;
		rest += strspn(rest, " ");
	}
	fputc('\n', text->out);
	free(escaped);
	return lines;
}
