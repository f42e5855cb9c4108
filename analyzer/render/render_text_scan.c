/* SPDX-License-Identifier: MIT */
/* The text report on what the kernel alone shows. */
#include "analyzer/render/render_text_scan.h"

#include "analyzer/render/render.h"
#include "analyzer/render/render_text_blind.h"
#include "analyzer/render/render_text_finding.h"
#include "analyzer/render/render_text_processes.h"
#include "analyzer/render/text_output.h"
#include "analyzer/base/duration.h"
#include "analyzer/base/utf8.h"

static void print_summary(const struct text *text, const struct report *report)
{
	FILE *out = text->out;

	text_begin(text, report->leaked_sockets ? STYLE_RED : STYLE_BOLD);
	if (report->leaked_sockets)
		fprintf(out, "finleak: %llu socket%s leaked in %llu group%s",
			(unsigned long long)report->leaked_sockets,
			text_plural(report->leaked_sockets), (unsigned long long)report->leak_sites,
			text_plural(report->leak_sites));
	else
		fputs(report->not_judged ? "finleak: no leaks among what could be looked at"
					 : "finleak: no leaks",
		      out);
	fprintf(out, " (%zu process%s with TCP sockets, looked at twice, ", report->process_count,
		report->process_count == 1 ? "" : "es");
	print_duration(out, report->samples_apart_ms);
	fputs(" apart)", out);
	text_end(text);
	fputc('\n', out);
	if (report->notes)
		fprintf(out, "  %llu note%s (--all shows them)\n",
			(unsigned long long)report->notes, text_plural(report->notes));
}

void text_scan_finding(const struct text *text, const struct report *report,
		       const struct report_leak *leak, size_t number)
{
	FILE *out = text->out;

	text_finding_begins(text, leak, number);
	fputs(" of ", out);
	text_begin(text, STYLE_BOLD);
	text_process(out, leak->place->executable, leak->place->pid);
	fprintf(out, ", %s", leak->place->name);
	text_end(text);
	fprintf(out, "\n   %s\n\n", leak->headline);
	text_advice(text, report, leak);
}

void render_text_scan(const struct report *report, FILE *out, bool color)
{
	struct text text = { .out = out, .color = color };
	size_t i;

	print_summary(&text, report);
	for (i = 0; i < report->leak_count; i++)
		text_scan_finding(&text, report, &report->leaks[i], i + 1);
	text_processes(&text, report);
	text_blind_spots(&text, report);
}
