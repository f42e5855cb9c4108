/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_summary.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/duration.h"
#include "analyzer/base/utf8.h"
#include "analyzer/report/descriptor_budget.h"
#include "analyzer/report/line.h"
#include "analyzer/report/process_entries.h"

static bool is_running(const struct report_process *process)
{
	return strcmp(process->state, "running") == 0;
}

void watch_print_growth(FILE *out, int64_t growth)
{
	fprintf(out, "%+lld", (long long)growth);
}

void watch_print_rate(FILE *out, const struct watch_trend *trend)
{
	double rate;

	if (watch_trend_per_minute(trend, &rate))
		fprintf(out, "%.1f", rate);
	else
		fputc('-', out);
}

static void print_events(FILE *out, const struct report *report)
{
	uint64_t open = 0;
	size_t i;

	for (i = 0; i < report->process_count; i++)
		if (is_running(&report->processes[i]))
			open += report->processes[i].open_at_end;
	fputs("; ", out);
	/* Without a recorder there are no events. */
	if (!report->observed)
		fprintf(out, "%llu opened, %llu ended, ", (unsigned long long)report->opened,
			(unsigned long long)report->eof);
	fprintf(out, "%llu open", (unsigned long long)open);
}

void watch_print_totals(FILE *out, const struct watch_model *model)
{
	const struct report *report = model->report;

	fprintf(out, "%llu leaked at %llu site%s (", (unsigned long long)report->leaked_sockets,
		(unsigned long long)report->leak_sites, plural(report->leak_sites));
	watch_print_growth(out, (int64_t)report->leaked_sockets - (int64_t)model->first_leaked);
	fputs(", ", out);
	watch_print_rate(out, &model->leaked);
	fputs("/min)", out);
	if (report->warnings)
		fprintf(out, ", %llu closed late", (unsigned long long)report->warnings);
	print_events(out, report);
}

static int worst_state_first(int position)
{
	static const char worst[] = "CLOSE_WAIT";
	int state;

	for (state = 0; strcmp(report_state_name(state), worst) != 0;)
		state++;
	if (position == 0)
		return state;
	return position <= state ? position - 1 : position;
}

void watch_print_census(FILE *out, const struct report *report)
{
	const char *comma = "";
	int position;
	size_t i;

	for (position = 0; position < REPORT_STATES; position++) {
		int state = worst_state_first(position);
		uint64_t count = 0;

		for (i = 0; i < report->process_count; i++)
			if (is_running(&report->processes[i]))
				count += report->processes[i].tcp_states[state];
		if (!count)
			continue;
		fprintf(out, "%s%s %llu", comma, report_state_name(state),
			(unsigned long long)count);
		comma = ", ";
	}
}

/* Is A in more need of descriptors than B? */
static bool is_shorter(const struct report_process *a, const struct report_process *b)
{
	double a_share, b_share;

	if (!is_running(a) || !a->descriptors || !a->descriptor_limit)
		return false;
	if (!b)
		return true;
	if ((a->exhausted_in_ms > 0) != (b->exhausted_in_ms > 0))
		return a->exhausted_in_ms > 0;
	if (a->exhausted_in_ms > 0 && a->exhausted_in_ms != b->exhausted_in_ms)
		return a->exhausted_in_ms < b->exhausted_in_ms;
	a_share = (double)a->descriptors / (double)a->descriptor_limit;
	b_share = (double)b->descriptors / (double)b->descriptor_limit;
	return a_share > b_share;
}

void watch_print_descriptors(FILE *out, const struct report *report)
{
	const struct report_process *shortest = NULL;
	char *name;
	size_t i;

	for (i = 0; i < report->process_count; i++)
		if (is_shorter(&report->processes[i], shortest))
			shortest = &report->processes[i];
	if (!shortest)
		return;
	fprintf(out, "%llu of %llu descriptors", (unsigned long long)shortest->descriptors,
		(unsigned long long)shortest->descriptor_limit);
	if (report->process_count > 1) {
		fputs(" of ", out);
		name = process_name(shortest->executable, shortest->pid);
		utf8_print_escaped(out, name);
		free(name);
	}
	if (descriptor_budget_is_exhausted(shortest)) {
		fputs(": the limit is reached", out);
	} else if (shortest->exhausted_in_ms > 0) {
		fputs(", EMFILE in about ", out);
		print_duration(out, shortest->exhausted_in_ms);
	}
}

void watch_print_processes(FILE *out, const struct report *report)
{
	size_t running = 0, i;

	for (i = 0; i < report->process_count; i++)
		running += is_running(&report->processes[i]);
	fprintf(out, "%zu process%s, %zu running", report->process_count,
		report->process_count == 1 ? "" : "es", running);
}

void watch_print_bars(FILE *out, const struct watch_trend *trend)
{
	/* U+2581 ... U+2588; a terminal without UTF-8 gets what it has. */
	static const char *const bars[] = { "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
					    "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
					    "\xe2\x96\x87", "\xe2\x96\x88" };
	static const char plain[WATCH_TREND_LEVELS + 1] = "_.,-=+*#";
	int levels[WATCH_TREND_PARTS];
	size_t i;

	watch_trend_levels(trend, levels);
	for (i = 0; i < WATCH_TREND_PARTS; i++)
		if (levels[i] < 0)
			fputc(' ', out);
		else if (MB_CUR_MAX > 1)
			fputs(bars[levels[i]], out);
		else
			fputc(plain[levels[i]], out);
}
