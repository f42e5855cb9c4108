/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_finding.h"

#include "analyzer/render/render_text_stack.h"

void text_finding_begins(const struct text *text, const struct report_leak *leak, size_t number)
{
	static const enum style styles[VERDICT_COUNT] = { STYLE_RED, STYLE_YELLOW, STYLE_DIM };
	FILE *out = text->out;

	fputc('\n', out);
	text_begin(text, styles[leak->verdict]);
	fprintf(out, "%zu. %s", number, leak_class_name(leak->class));
	if (leak->reason != REASON_NONE)
		fprintf(out, " (%s)", leak_reason_name(leak->reason));
	if (leak->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(leak->verdict));
	text_end(text);
	fprintf(out, ": %llu socket%s", (unsigned long long)leak->count, text_plural(leak->count));
}

static void print_because(const struct text *text, const struct report *report,
			  const struct report_leak *leak)
{
	size_t i;

	if (!report->explain)
		return;
	fprintf(text->out, "  Rule: %s, because\n", leak->rule);
	for (i = 0; i < leak->fact_count; i++)
		text_wrapped(text->out, "    - ", leak->facts[i]);
}

void text_advice(const struct text *text, const struct report *report,
		 const struct report_leak *leak)
{
	size_t i;

	for (i = 0; i < leak->line_count; i++)
		text_wrapped(text->out, "  ", leak->lines[i]);
	text_wrapped(text->out, "  Fix: ", leak->fix);
	print_because(text, report, leak);
}

void text_finding(const struct text *text, const struct report *report,
		  const struct report_leak *leak, size_t number)
{
	FILE *out = text->out;

	text_finding_begins(text, leak, number);
	fputs(" at ", out);
	text_begin(text, STYLE_BOLD);
	text_site(out, leak->site);
	text_end(text);
	fprintf(out, "\n   %s\n", leak->headline);
	text_source(text, report, leak->site);
	text_stacks(text, leak);
	fputc('\n', out);
	text_advice(text, report, leak);
}
