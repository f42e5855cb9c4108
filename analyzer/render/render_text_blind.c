/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_blind.h"

#include "analyzer/base/utf8.h"

#define BLIND_SPOTS_SHOWN 20

/* What follows is what is not known of it. */
static void print_process(FILE *out, const struct report_process *process, bool unrecorded)
{
	if (unrecorded) {
		fputs("  ", out);
		utf8_print_escaped(out, process->executable[0] ? process->executable : "a process");
		fprintf(out, " (pid %d) ", process->pid);
		return;
	}
	fprintf(out, "  pid %d (", process->pid);
	utf8_print_escaped(out, path_base(process->executable));
	fputs("): ", out);
}

void text_blind_spots(const struct text *text, const struct report *report)
{
	size_t shown = 0, total = 0, i, j;

	for (i = 0; i < report->process_count; i++)
		total += report->processes[i].blind_spot_count;
	if (!total && !report->unreadable && !report->elsewhere && !report->unclaimed)
		return;
	fputc('\n', text->out);
	text_begin(text, STYLE_YELLOW);
	fputs("finleak could not see everything:", text->out);
	text_end(text);
	fputc('\n', text->out);
	if (report->unreadable)
		fprintf(text->out, "  %llu recording%s could not be read\n",
			(unsigned long long)report->unreadable, text_plural(report->unreadable));
	if (report->elsewhere)
		fprintf(text->out, "  %llu process%s of other users could not be looked at\n",
			(unsigned long long)report->elsewhere, report->elsewhere == 1 ? "" : "es");
	if (report->unclaimed)
		fprintf(text->out,
			"  %llu socket%s in CLOSE_WAIT %s held by no process that could be looked "
			"at\n",
			(unsigned long long)report->unclaimed, text_plural(report->unclaimed),
			report->unclaimed == 1 ? "is" : "are");
	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		for (j = 0; j < process->blind_spot_count; j++) {
			if (shown++ == BLIND_SPOTS_SHOWN) {
				fprintf(text->out, "  and %zu more\n", total - BLIND_SPOTS_SHOWN);
				return;
			}
			if (shown > BLIND_SPOTS_SHOWN)
				return;
			print_process(text->out, process,
				      report->process_count - i <= report->unrecorded);
			utf8_print_escaped(text->out, process->blind_spots[j]);
			fputc('\n', text->out);
		}
	}
}
