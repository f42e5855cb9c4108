/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_stack.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/utf8.h"
#include "analyzer/report/frame_words.h"

#define FRAMES_SHOWN       16
#define SOURCE_LINES_ROUND 2
#define SOURCE_WIDTH       92

static void print_freed(FILE *out, char *text)
{
	utf8_print_escaped(out, text);
	free(text);
}

void text_place(FILE *out, const struct frame *frame)
{
	print_freed(out, frame_place(frame));
}

void text_site(FILE *out, const struct frame *frame)
{
	print_freed(out, frame_site(frame));
}

void text_source(const struct text *text, const struct report *report, const struct frame *site)
{
	unsigned int first, number;

	if (!site || !site->file || !site->line ||
	    !symbolizer_source_line(report->symbolizer, site->file, site->line))
		return;
	fputc('\n', text->out);
	first = site->line > SOURCE_LINES_ROUND ? site->line - SOURCE_LINES_ROUND : 1;
	for (number = first; number <= site->line + SOURCE_LINES_ROUND; number++) {
		const char *line = symbolizer_source_line(report->symbolizer, site->file, number);
		unsigned int column = 0;

		if (!line)
			break;
		if (number == site->line)
			text_begin(text, STYLE_BOLD);
		fprintf(text->out, "  %c %5u  ", number == site->line ? '>' : ' ', number);
		for (; *line && column < SOURCE_WIDTH; column++) {
			uint32_t character;
			char piece[5] = "";
			size_t length = utf8_decode(line, &character);

			memcpy(piece, line, length);
			if (*line == '\t')
				fputs("    ", text->out);
			else
				utf8_print_escaped(text->out, piece);
			line += length;
		}
		if (number == site->line)
			text_end(text);
		fputc('\n', text->out);
	}
}

static const struct report_stack *stack_named(const struct report_leak *leak, const char *name)
{
	size_t i;

	for (i = 0; i < leak->stack_count; i++)
		if (strcmp(leak->stacks[i].name, name) == 0)
			return &leak->stacks[i];
	return NULL;
}

static const char *stack_title(const struct report_leak *leak, const char *name)
{
	static const char *const titles[][2] = {
		{ "eof", "End of stream read at" }, { "error", "Failed at" },
		{ "shutdown", "Shut down at" },     { "connect", "Connect failed at" },
		{ "closed", "Closed at" },          { "duplicated", "Duplicated at" },
		{ "forked", "Child forked at" },    { "execed", "Program started at" },
		{ "last_use", "Last used at" },     { "opened", "Opened at" },
		{ "listen", "Began to listen at" }, { "reread", "Read again at" },
	};
	size_t i;

	if (leak->class == CLASS_NEVER_ACCEPTED && strcmp(name, "last_use") == 0)
		return "Last accepted at";
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i][0], name) == 0)
			return titles[i][1];
	return name;
}

static void print_frame(const struct text *text, size_t number, const struct frame *frame,
			bool is_site)
{
	FILE *out = text->out;

	if (is_site)
		text_begin(text, STYLE_BOLD);
	fprintf(out, "    #%-2zu ", number);
	if (frame->function)
		utf8_print_escaped(out, frame->function);
	else
		fputs("??", out);
	if (frame->inlined)
		fputs(" (inlined)", out);
	if (frame->file && frame->line) {
		fputs("  ", out);
		utf8_print_escaped(out, frame->file);
		fprintf(out, ":%u", frame->line);
	} else {
		fputs("  ", out);
		utf8_print_escaped(out, frame->module[0] ? frame->module : "(unknown module)");
		fprintf(out, "+0x%llx", (unsigned long long)frame->offset);
	}
	if (is_site)
		text_end(text);
	fputc('\n', out);
}

static void print_stack(const struct text *text, const struct report_leak *leak,
			const struct report_stack *stack, const struct frame *site)
{
	size_t i;

	if (!stack)
		return;
	fprintf(text->out, "\n  %s\n", stack_title(leak, stack->name));
	for (i = 0; i < stack->count && i < FRAMES_SHOWN; i++)
		print_frame(text, i, &stack->frames[i], &stack->frames[i] == site);
	if (i < stack->count)
		fprintf(text->out, "    and %zu more frame%s\n", stack->count - i,
			text_plural(stack->count - i));
}

void text_stacks(const struct text *text, const struct report_leak *leak)
{
	const struct report_stack *opened = stack_named(leak, "opened");
	const struct report_stack *eof = stack_named(leak, "eof");
	const struct report_stack *closed = stack_named(leak, "closed");

	if (leak->stack_count && &leak->stacks[0] != opened)
		print_stack(text, leak, &leak->stacks[0], leak->site);
	print_stack(text, leak, opened, leak->site);
	if (leak->class == CLASS_DUPLICATE_HELD || leak->class == CLASS_HELD_ELSEWHERE) {
		if (eof && eof != &leak->stacks[0])
			print_stack(text, leak, eof, NULL);
		print_stack(text, leak, closed, NULL);
	} else if (leak->class == CLASS_LATE_CLOSE || leak->reason == REASON_CLOSED_AT_EXIT) {
		print_stack(text, leak, closed, NULL);
	}
}
