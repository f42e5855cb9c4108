/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_lines.h"

#include <stdlib.h>
#include <time.h>

#include "analyzer/base/duration.h"
#include "analyzer/base/utf8.h"
#include "analyzer/report/line.h"
#include "analyzer/watch/watch_summary.h"

static void print_time(FILE *out)
{
	time_t now = time(NULL);
	struct tm local;
	char text[16];

	localtime_r(&now, &local);
	strftime(text, sizeof(text), "%H:%M:%S ", &local);
	fputs(text, out);
}

/* Prints BEFORE and the output of PRINT; nothing if that is empty. */
static void print_part(FILE *out, const char *before, const struct report *report,
		       void (*print)(FILE *, const struct report *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *part = open_memstream(&text, &size);

	if (!part)
		return;
	print(part, report);
	fclose(part);
	if (size)
		fprintf(out, "%s%s", before, text);
	free(text);
}

static void print_row(FILE *out, const struct watch_row *row)
{
	const char *reason = leak_reason_name(row->reason);

	print_time(out);
	fprintf(out, "  %s", leak_class_name(row->class));
	if (reason)
		fprintf(out, " (%s)", reason);
	if (row->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(row->verdict));
	fprintf(out, " %llu (", (unsigned long long)row->count);
	watch_print_growth(out, watch_row_growth(row));
	fputs(", ", out);
	watch_print_rate(out, &row->trend);
	fputs("/min", out);
	if (row->leak && row->oldest_ms >= 0) {
		fputs(", oldest ", out);
		print_duration(out, row->oldest_ms);
	}
	fprintf(out, ") %s %s\n", row->leak && row->leak->place ? "of" : "at", row->site);
}

void watch_lines_begin(FILE *out, const struct watch_subject *subject, double interval_ms)
{
	print_time(out);
	fputs("watching ", out);
	utf8_print_escaped(out, watch_subject_name(subject));
	fputs(" every ", out);
	print_duration(out, interval_ms);
	if (watch_subject_is_bare(subject))
		fputs(": no recorder, so this is what the kernel alone shows (`finleak attach` "
		      "names the code)",
		      out);
	fputc('\n', out);
}

void watch_lines_sample(FILE *out, const struct watch_model *model, bool all)
{
	size_t i;

	print_time(out);
	watch_print_totals(out, model);
	print_part(out, "; ", model->report, watch_print_census);
	print_part(out, "; ", model->report, watch_print_descriptors);
	fputc('\n', out);
	for (i = 0; i < model->row_count; i++)
		if (all || model->rows[i]->count != model->rows[i]->count_before)
			print_row(out, model->rows[i]);
}

void watch_lines_end(FILE *out, const struct watch_subject *subject,
		     const struct watch_model *model)
{
	print_time(out);
	utf8_print_escaped(out, watch_subject_name(subject));
	fputs(watch_subject_end(subject) >= 0 ? " has ended: " : ": all processes have ended: ",
	      out);
	fprintf(out, "%llu socket%s leaked at %llu site%s\n",
		(unsigned long long)model->report->leaked_sockets,
		plural(model->report->leaked_sockets),
		(unsigned long long)model->report->leak_sites, plural(model->report->leak_sites));
}
