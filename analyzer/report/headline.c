/* SPDX-License-Identifier: MIT */
#include "analyzer/report/headline.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/line.h"

static unsigned long long number(uint64_t count)
{
	return count;
}

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

static void print_pooled(FILE *out, const struct report *report)
{
	uint64_t count = report->pooled;

	if (!count)
		return;
	fprintf(out, "; %llu idle socket%s whose peer%s had closed %s left open (for less than ",
		number(count), plural(count), plural(count), count == 1 ? "was" : "were");
	print_duration(out, report->idle_ms);
	fputs(": --idle)", out);
}

static void print_behind(FILE *out, const struct report *report)
{
	uint64_t count = report->behind;

	if (!count)
		return;
	fprintf(out,
		"; %llu socket%s whose peer%s had closed %s open, and no loop had polled since "
		"(for less than ",
		number(count), plural(count), plural(count), count == 1 ? "was" : "were");
	print_duration(out, report->idle_ms);
	fputs(": --idle)", out);
}

static void print_reset_pending(FILE *out, const struct report *report)
{
	uint64_t count = report->reset_pending;

	if (!count)
		return;
	fprintf(out,
		"; %llu socket%s that had been reset %s left open, unnoticed (not known to have "
		"been held for ",
		number(count), plural(count), count == 1 ? "was" : "were");
	print_duration(out, report->idle_ms);
	fputs(": --idle)", out);
}

static void print_unread_before(FILE *out, const struct report *report)
{
	uint64_t count = report->unread_before;

	if (!count)
		return;
	fprintf(out,
		"; %llu socket%s whose peer%s had closed %s still open at the end (not known to "
		"have been held for ",
		number(count), plural(count), plural(count), count == 1 ? "was" : "were");
	print_duration(out, report->min_held_ms);
	fputs(": --min-held)", out);
}

static void print_unseen_ends(FILE *out, const struct report *report)
{
	uint64_t count = report->unseen_ends;

	if (count)
		fprintf(out,
			"; %llu socket%s still open at exit, right after EOF that no recorded call "
			"had read",
			number(count), count == 1 ? " was" : "s were");
}

/* Of COUNT sockets that were open at END, up to what closes the parenthesis. */
static void print_young(FILE *out, uint64_t count, const char *end, const struct report *report)
{
	fprintf(out, "; %llu socket%s still open at %s (held for less than ", number(count),
		count == 1 ? " was" : "s were", end);
	print_duration(out, report->min_held_ms);
}

static void print_still_open(FILE *out, const struct report *report)
{
	uint64_t count = report->strict_would_count;

	if (count) {
		print_young(out, count, "exit", report);
		fprintf(out, "; --strict counts %s)", count == 1 ? "it" : "them");
	}
	count = report->ended_before;
	if (count) {
		print_young(out, count, "the end", report);
		fputc(')', out);
	}
}

/* The sockets whose code is not known, and the notes that may be leaks. Returns
 * what separates it from the sums. */
static const char *print_unjudged(FILE *out, const struct report *report)
{
	uint64_t unattributed = report->unattributed;

	if (unattributed)
		fprintf(out, "; no recorded call opened %llu socket%s (the kernel alone judged %s)",
			number(unattributed), plural(unattributed),
			unattributed == 1 ? "it" : "them");
	print_pooled(out, report);
	print_behind(out, report);
	print_reset_pending(out, report);
	print_still_open(out, report);
	print_unread_before(out, report);
	print_unseen_ends(out, report);
	return unattributed || report->pooled || report->behind || report->reset_pending ||
			       report->strict_would_count || report->ended_before ||
			       report->unread_before || report->unseen_ends
		       ? "; "
		       : ": ";
}

/* Of others nothing is known. */
static void print_classes(FILE *out, uint32_t classes)
{
	unsigned int class;
	bool any = false;

	for (class = 0; class < CLASS_COUNT; class ++) {
		if (!(classes & UINT32_C(1) << class))
			continue;
		if (any)
			fputs(", ", out);
		else
			fputs(classes & (classes - 1) ? " of classes " : " of class ", out);
		fputs(leak_class_name(class), out);
		any = true;
	}
}

static void print_no_leaks(FILE *out, const struct report *report)
{
	fprintf(out, "finleak: no %sleaks",
		report->baselined    ? "new "
		: report->suppressed ? "other "
				     : "");
	print_classes(out, report->classes);
	if (report->not_judged)
		fprintf(out, " among what could be %s", report->observed ? "examined" : "recorded");
}

/* What does not count: no report reads as clean because of a file that keeps it quiet. */
static void print_quiet(FILE *out, const struct report *report)
{
	if (report->baselined)
		fprintf(out, ", %llu socket%s known", number(report->baselined),
			plural(report->baselined));
	if (report->suppressed)
		fprintf(out, ", %llu socket%s suppressed", number(report->suppressed),
			plural(report->suppressed));
}

static int by_number(const void *left, const void *right)
{
	int a = *(const int *)left, b = *(const int *)right;

	return a < b ? -1 : a > b;
}

static bool counts(const struct report_leak *leak)
{
	return leak->verdict == VERDICT_LEAK && !standing_is_quiet(leak->standing);
}

/* How many processes have leaked sockets; 0: not known of any. */
static size_t leaking_processes(const struct report *report)
{
	size_t count = 0, distinct = 0, i, j;
	int *pids = NULL;

	/* One follows the other in large numbers. */
	for (i = 0; i < report->leak_count; i++)
		for (j = 0; counts(&report->leaks[i]) && j < report->leaks[i].socket_count; j++)
			if (!count || pids[count - 1] != report->leaks[i].sockets[j].pid) {
				int *next = allocate_next(&pids, count++, sizeof(*next));

				*next = report->leaks[i].sockets[j].pid;
			}
	if (count)
		qsort(pids, count, sizeof(*pids), by_number);
	for (i = 0; i < count; i++)
		distinct += i == 0 || pids[i] != pids[i - 1];
	free(pids);
	return distinct;
}

static void print_processes(FILE *out, const struct report *report, size_t leaking)
{
	fputs(" (", out);
	if (report->process_count == 1 && report->leaked_sockets)
		fprintf(out, "%s, pid %d", path_base(report->processes[0].executable),
			report->processes[0].pid);
	else if (leaking && leaking < report->process_count)
		fprintf(out, "in %zu of %zu processes", leaking, report->process_count);
	else
		fprintf(out, "%zu process%s", report->process_count,
			report->process_count == 1 ? "" : "es");
	print_open_ends(out, report);
	fputc(')', out);
}

static void print_recorded(FILE *out, const struct report *report, size_t leaking)
{
	const char *separator;

	if (report->process_count == 0) {
		fputs("finleak: nothing was recorded", out);
		return;
	}
	if (report->leaked_sockets) {
		fprintf(out, "finleak: %llu socket%s leaked at %llu site%s",
			number(report->leaked_sockets), plural(report->leaked_sockets),
			number(report->leak_sites), plural(report->leak_sites));
		print_quiet(out, report);
	} else {
		print_no_leaks(out, report);
		print_quiet(out, report);
		if (report->warnings)
			fprintf(out, ", %llu socket%s closed late", number(report->warnings),
				plural(report->warnings));
		separator = print_unjudged(out, report);
		fprintf(out, "%s%llu socket%s opened, %llu EOF%s read", separator,
			number(report->opened), plural(report->opened), number(report->eof),
			plural(report->eof));
	}
	print_processes(out, report, leaking);
}

static void print_scanned(FILE *out, const struct report *report)
{
	if (report->leaked_sockets)
		fprintf(out, "finleak: %llu socket%s leaked in %llu group%s",
			number(report->leaked_sockets), plural(report->leaked_sockets),
			number(report->leak_sites), plural(report->leak_sites));
	else
		print_no_leaks(out, report);
	print_quiet(out, report);
	fprintf(out, " (%zu process%s, sampled twice, ", report->process_count,
		report->process_count == 1 ? "" : "es");
	print_duration(out, report->samples_apart_ms);
	fputs(" apart)", out);
}

/* For logs: short, the same words whatever else the report has. */
static void print_summary(FILE *out, const struct report *report, size_t leaking)
{
	size_t processes = leaking;

	if (report->process_count == 0) {
		fprintf(out, "finleak: nothing was %s", report->observed ? "examined" : "recorded");
		return;
	}
	if (!report->leaked_sockets) {
		processes = report->process_count;
		print_no_leaks(out, report);
		print_quiet(out, report);
		if (report->warnings)
			fprintf(out, ", %llu socket%s closed late", number(report->warnings),
				plural(report->warnings));
	} else {
		fprintf(out, "finleak: %llu socket%s leaked", number(report->leaked_sockets),
			plural(report->leaked_sockets));
		if (!report->observed)
			fprintf(out, " at %llu site%s", number(report->leak_sites),
				plural(report->leak_sites));
		print_quiet(out, report);
	}
	if (processes)
		fprintf(out, " in %zu process%s", processes, processes == 1 ? "" : "es");
}

void headline_fill(struct report *report)
{
	size_t leaking = leaking_processes(report);
	struct line line;

	if (report->observed)
		print_scanned(line_begin(&line), report);
	else
		print_recorded(line_begin(&line), report, leaking);
	report->headline = line_end(&line);
	if (report->warnings && report->leaked_sockets)
		sentences_add(&report->remarks,
			      allocate_printed("%llu socket%s closed late (a warning).",
					       number(report->warnings),
					       report->warnings == 1 ? " was" : "s were"));
	/* Where they are shown there is no need to say how. */
	if (report->notes && !report->all)
		sentences_add(&report->remarks,
			      allocate_printed("%llu note%s (--all shows %s).",
					       number(report->notes), plural(report->notes),
					       report->notes == 1 ? "it" : "them"));
	if (report->suppressed && !report->all)
		sentences_add(&report->remarks,
			      allocate_printed("%llu suppressed socket%s (--all shows %s).",
					       number(report->suppressed),
					       plural(report->suppressed),
					       report->suppressed == 1 ? "it" : "them"));
	if (report->top && report->top < report->leak_count)
		sentences_add(&report->remarks,
			      allocate_printed("%zu of %zu findings are shown in full (--top).",
					       report->top, report->leak_count));
	print_summary(line_begin(&line), report, leaking);
	report->summary = line_end(&line);
}
