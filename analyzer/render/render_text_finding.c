/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_finding.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"
#include "analyzer/render/render_text_stack.h"
#include "analyzer/report/socket_words.h"

/* What stands above the stacks is seen at once. */
#define LINES_ABOVE_STACKS 12

static enum style style_of(const struct report_leak *leak)
{
	static const enum style styles[VERDICT_COUNT] = { STYLE_RED, STYLE_YELLOW, STYLE_DIM };

	return styles[leak->verdict];
}

/* What, where, and how to fix it. Returns how many lines that took. */
static size_t print_answer(const struct text *text, const struct report_leak *leak, size_t number)
{
	char *label = allocate_printed("%zu. ", number);
	size_t lines;

	text_begin(text, style_of(leak));
	lines = text_wrapped(text, label, leak->title);
	text_end(text);
	lines += text_wrapped(text, "   ", leak->headline);
	lines += text_wrapped(text, "   Fix: ", leak->fix);
	if (leak->parting)
		lines += text_wrapped(text, "   ", leak->parting);
	free(label);
	return lines;
}

static void print_because(const struct text *text, const struct report *report,
			  const struct report_leak *leak)
{
	size_t i;

	if (!report->explain)
		return;
	text_wrapped(text, "  Rule: ", leak->rule);
	for (i = 0; i < leak->fact_count; i++)
		text_wrapped(text, "    - ", leak->facts[i]);
}

static void print_sockets(const struct text *text, const struct report *report,
			  const struct report_leak *leak)
{
	size_t i;

	for (i = 0; report->each_socket && i < leak->socket_count; i++) {
		char *words = socket_words(&leak->sockets[i]);

		text_wrapped(text, "    - ", words);
		free(words);
	}
}

/* At the start of their lines, and never broken: to be pasted. */
static void print_to_suppress(const struct text *text, const struct report_leak *leak)
{
	size_t i;

	if (leak->to_suppress.count)
		fputc('\n', text->out);
	for (i = 0; i < leak->to_suppress.count; i++) {
		utf8_print_escaped(text->out, leak->to_suppress.list[i]);
		fputc('\n', text->out);
	}
}

void text_finding(const struct text *text, const struct report *report,
		  const struct report_leak *leak)
{
	size_t lines, i;

	fputc('\n', text->out);
	lines = print_answer(text, leak, (size_t)(leak - report->leaks) + 1);
	text_source(text, report, leak->site,
		    lines + 1 < LINES_ABOVE_STACKS ? LINES_ABOVE_STACKS - 1 - lines : 0);
	text_stacks(text, leak);
	fputc('\n', text->out);
	for (i = 0; i < leak->lines.count; i++)
		text_wrapped(text, "  ", leak->lines.list[i]);
	print_sockets(text, report, leak);
	print_because(text, report, leak);
	print_to_suppress(text, leak);
}

void text_overview(const struct text *text, const struct report *report)
{
	int of_kind = 0;
	size_t i;

	for (i = 0; i < report->leak_count; i++)
		if ((int)text_columns(report->leaks[i].kind) > of_kind)
			of_kind = (int)text_columns(report->leaks[i].kind);
	fputc('\n', text->out);
	for (i = 0; i < report->leak_count; i++) {
		const struct report_leak *leak = &report->leaks[i];
		char *label =
			allocate_printed("%4zu. %6llu  %-*s  ", i + 1,
					 (unsigned long long)leak->count, of_kind, leak->kind);
		char *where = text_escaped(leak->where);
		size_t used = text_columns(label);

		text_begin(text, style_of(leak));
		fputs(label, text->out);
		text_print_cut(text->out, where,
			       text_width(text) > used ? text_width(text) - used : 0, false);
		text_end(text);
		fputc('\n', text->out);
		free(where);
		free(label);
	}
}
