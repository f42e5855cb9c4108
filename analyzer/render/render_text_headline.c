/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_headline.h"

#include <string.h>

#include "analyzer/base/utf8.h"
#include "analyzer/render/text_output.h"

/* What the report rests on: of a process without an end the last word is not spoken. */
static void print_open_ends(FILE *out, const struct report *report)
{
	size_t running = 0, unknown = 0, i;

	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		if (strcmp(process->state, "running") == 0)
			running++;
		else if (process->duration_ms < 0)
			unknown++;
	}
	if (report->process_count == 1) {
		fputs(running ? ", still running" : unknown ? ", killed, end unknown" : "", out);
		return;
	}
	if (running)
		fprintf(out, ", %zu still running", running);
	if (unknown)
		fprintf(out, ", %zu killed, end unknown", unknown);
}

static void print_processes(FILE *out, const struct report *report)
{
	fputs(" (", out);
	if (report->process_count == 1 && report->leaked_sockets) {
		utf8_print_escaped(out, path_base(report->processes[0].executable));
		fprintf(out, ", pid %d", report->processes[0].pid);
	} else {
		fprintf(out, "%zu process%s", report->process_count,
			report->process_count == 1 ? "" : "es");
	}
	print_open_ends(out, report);
	fputc(')', out);
}

/* What --strict would count. Returns what parts it from the sums. */
static const char *print_unjudged(FILE *out, const struct report *report)
{
	uint64_t count = report->strict_would_count;

	if (!count)
		return ": ";
	fprintf(out,
		"; %llu socket%s still open at exit (younger than %.0f ms; --strict counts %s)",
		(unsigned long long)count, count == 1 ? " was" : "s were", report->min_held_ms,
		count == 1 ? "it" : "them");
	return "; ";
}

void text_headline(FILE *out, const struct report *report)
{
	const char *separator;

	if (report->process_count == 0) {
		fputs("finleak: nothing was recorded", out);
		return;
	}
	if (report->leaked_sockets) {
		fprintf(out, "finleak: %llu socket%s leaked at %llu site%s",
			(unsigned long long)report->leaked_sockets,
			text_plural(report->leaked_sockets), (unsigned long long)report->leak_sites,
			text_plural(report->leak_sites));
	} else {
		fputs(report->not_judged ? "finleak: no leaks among what could be recorded"
					 : "finleak: no leaks",
		      out);
		if (report->warnings)
			fprintf(out, ", %llu socket%s closed late",
				(unsigned long long)report->warnings,
				text_plural(report->warnings));
		separator = print_unjudged(out, report);
		fprintf(out, "%s%llu socket%s opened, %llu end%s of stream read", separator,
			(unsigned long long)report->opened, text_plural(report->opened),
			(unsigned long long)report->eof, text_plural(report->eof));
	}
	print_processes(out, report);
}
