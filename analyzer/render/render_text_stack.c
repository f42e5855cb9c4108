/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_stack.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/printed_text.h"
#include "analyzer/base/utf8.h"
#include "analyzer/base/paths.h"

#define SOURCE_LINES_ROUND 2
#define SOURCE_INDENT      11

/* Of a function's name at least so much is shown, however long its path is. */
#define NAME_MIN 12

/* LINE with tabs as they are mostly meant. */
static void print_source_line(const struct text *text, const char *line)
{
	size_t room = text_width(text) - SOURCE_INDENT;
	FILE *out = printed_text_begin();
	char *expanded, *escaped;

	for (; *line; line++)
		if (*line == '\t')
			fputs("    ", out);
		else
			fputc(*line, out);
	expanded = printed_text_end(out);
	escaped = text_escaped(expanded);
	text_print_cut(text->out, escaped, room, false);
	free(escaped);
	free(expanded);
}

void text_source(const struct text *text, const struct report *report, const struct frame *site,
		 size_t room)
{
	unsigned int round = SOURCE_LINES_ROUND, first, number;

	while (round && 1 + 2 * round + 1 > room)
		round--;
	if (room < 2 || !site || !site->file || !site->line ||
	    !symbolizer_source_line(report->symbolizer, site->file, site->line))
		return;
	fputc('\n', text->out);
	first = site->line > round ? site->line - round : 1;
	for (number = first; number <= site->line + round; number++) {
		const char *line = symbolizer_source_line(report->symbolizer, site->file, number);

		if (!line)
			break;
		if (number == site->line)
			text_begin(text, STYLE_BOLD);
		fprintf(text->out, "  %c %5u  ", number == site->line ? '>' : ' ', number);
		print_source_line(text, line);
		if (number == site->line)
			text_end(text);
		fputc('\n', text->out);
	}
}

/* "src/worker.c:88", "/usr/lib/libx.so+0x1234"; escaped, and the caller's */
static char *place_of(const struct frame *frame)
{
	char *place, *escaped;

	if (frame->file && frame->line)
		place = allocate_printed("%s:%u", frame->file, frame->line);
	else
		place = allocate_printed("%s+0x%llx", frame->module[0] ? frame->module : "?",
					 (unsigned long long)frame->offset);
	escaped = text_escaped(place);
	free(place);
	return escaped;
}

/* How many of at most COLUMNS at the end of PLACE to show, so that no folder's name is cut. */
static size_t whole_folders(const char *place, size_t columns)
{
	size_t all = text_columns(place), shown;
	const char *slash;

	if (all <= columns)
		return columns;
	for (slash = strchr(place, '/'); slash; slash = strchr(slash + 1, '/')) {
		shown = text_columns(slash);
		if (shown < columns)
			return shown + 1;
	}
	return columns;
}

/* NAME and PLACE on COLUMNS: folders of the place go first. */
static void print_name_and_place(FILE *out, const char *name, const char *place, size_t columns)
{
	size_t of_name = text_columns(name), of_place = text_columns(place);
	size_t of_file = text_columns(path_base(place)) + 1;

	if (of_name + 2 + of_place > columns) {
		of_place = columns > of_name + 2 ? columns - of_name - 2 : 0;
		if (of_place < of_file)
			of_place = of_file < text_columns(place) ? of_file : text_columns(place);
		if (of_place + 2 + NAME_MIN > columns)
			of_place = columns > 2 + NAME_MIN ? columns - 2 - NAME_MIN : 0;
		if (of_name + 2 + of_place > columns)
			of_name = columns - 2 - of_place;
	}
	text_print_cut(out, name, of_name, false);
	fputs("  ", out);
	text_print_cut(out, place, whole_folders(place, of_place), true);
}

static void print_frame(const struct text *text, const struct stack_line *line)
{
	char *label = allocate_printed("    #%-2zu ", line->number);
	char *name = text_escaped(line->text), *place = place_of(line->frame);
	if (line->is_site)
		text_begin(text, STYLE_BOLD);
	fputs(label, text->out);
	print_name_and_place(text->out, name, place, text_width(text) - strlen(label));
	if (line->is_site)
		text_end(text);
	fputc('\n', text->out);
	free(label);
	free(name);
	free(place);
}

void text_frames(const struct text *text, const struct report_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->line_count; i++)
		if (stack->lines[i].frame)
			print_frame(text, &stack->lines[i]);
		else
			text_wrapped(text, "        ", stack->lines[i].text);
}

static void print_stack(const struct text *text, const struct report_stack *stack)
{
	fprintf(text->out, "\n  %s\n", stack->title);
	text_frames(text, stack);
}

void text_stacks(const struct text *text, const struct report_leak *leak)
{
	size_t i;

	for (i = 0; i < leak->stack_count; i++)
		if (leak->stacks[i].shown)
			print_stack(text, &leak->stacks[i]);
}
