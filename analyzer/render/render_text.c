/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text.h"

#include "analyzer/base/utf8.h"
#include "analyzer/render/render.h"
#include "analyzer/render/render_text_finding.h"
#include "analyzer/render/render_text_stack.h"

/* Of more findings than these a table comes first. */
#define FINDINGS_WITHOUT_OVERVIEW 5

static void print_head(const struct text *text, const struct report *report)
{
	size_t i;

	text_begin(text, report->leaked_sockets ? STYLE_RED
			 : report->warnings     ? STYLE_YELLOW
						: STYLE_BOLD);
	/* Like the last line it is for logs, and for grep: never broken. */
	utf8_print_escaped(text->out, report->headline);
	text_end(text);
	fputc('\n', text->out);
	for (i = 0; i < report->remarks.count; i++)
		text_wrapped(text, "  ", report->remarks.list[i]);
}

static void print_section(const struct text *text, const struct report_section *section)
{
	size_t i, j;

	fputc('\n', text->out);
	text_begin(text, section->warns ? STYLE_YELLOW : STYLE_PLAIN);
	fputs(section->title, text->out);
	text_end(text);
	fputc('\n', text->out);
	for (i = 0; i < section->count; i++) {
		const struct report_entry *entry = &section->entries[i];

		text_wrapped(text, "  ", entry->text);
		for (j = 0; j < entry->details.count; j++)
			text_wrapped(text, "    ", entry->details.list[j]);
		if (entry->stack)
			text_frames(text, entry->stack);
	}
}

void text_sections(const struct text *text, const struct report *report)
{
	size_t i;

	for (i = 0; i < report->section_count; i++)
		print_section(text, &report->sections[i]);
}

void render_text(const struct report *report, FILE *out, bool color)
{
	struct text text = { .out = out, .color = color, .width = text_width_of(out) };
	size_t i;

	print_head(&text, report);
	if (report->leak_count > FINDINGS_WITHOUT_OVERVIEW)
		text_overview(&text, report);
	for (i = 0; i < report->leak_count && (!report->top || i < report->top); i++)
		text_finding(&text, report, &report->leaks[i]);
	text_sections(&text, report);
	/* One line with all of it needs no second one. */
	if (report->leak_count || report->section_count)
		fprintf(out, "\n%s\n", report->summary);
}
