/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render.h"

#include "analyzer/render/render_text_blind.h"
#include "analyzer/render/render_text_finding.h"
#include "analyzer/render/render_text_headline.h"
#include "analyzer/render/render_text_processes.h"
#include "analyzer/render/text_output.h"
#include "analyzer/base/utf8.h"

static void print_summary(const struct text *text, const struct report *report)
{
	FILE *out = text->out;

	text_begin(text, report->leaked_sockets ? STYLE_RED
			 : report->warnings     ? STYLE_YELLOW
						: STYLE_BOLD);
	text_headline(out, report);
	text_end(text);
	fputc('\n', out);
	if (report->warnings && report->leaked_sockets)
		fprintf(out, "  %llu socket%s closed late (a warning)\n",
			(unsigned long long)report->warnings,
			report->warnings == 1 ? " was" : "s were");
	if (report->notes)
		fprintf(out, "  %llu note%s (--all shows them)\n",
			(unsigned long long)report->notes, text_plural(report->notes));
}

void render_text(const struct report *report, FILE *out, bool color)
{
	struct text text = { .out = out, .color = color };
	size_t i;

	if (report->observed) {
		render_text_scan(report, out, color);
		return;
	}
	print_summary(&text, report);
	for (i = 0; i < report->leak_count; i++)
		text_finding(&text, report, &report->leaks[i], i + 1);
	text_processes(&text, report);
	if (report->warning_count)
		fputc('\n', out);
	for (i = 0; i < report->warning_count; i++) {
		fputs("finleak: warning: ", out);
		utf8_print_escaped(out, report->warnings_of_symbols[i]);
		fputc('\n', out);
	}
	text_blind_spots(&text, report);
}
