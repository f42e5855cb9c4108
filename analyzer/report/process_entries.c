/* SPDX-License-Identifier: MIT */
#include "analyzer/report/process_entries.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/descriptor_budget.h"
#include "analyzer/report/line.h"
#include "analyzer/report/tuning_advice.h"

#define PROCESSES_SHOWN 8

char *process_name(const char *executable, int pid)
{
	if (!executable || !executable[0])
		return allocate_printed("pid %d", pid);
	return allocate_printed("%s (pid %d)", path_base(executable), pid);
}

static uint64_t socket_count(const struct report_process *process)
{
	uint64_t count = 0;
	int state;

	for (state = 0; state < REPORT_STATES; state++)
		count += process->tcp_states[state];
	return count;
}

static bool needs_attention(const struct report_process *process)
{
	return process->tuning.count || descriptor_budget_matters(process);
}

static int most_important_first(const void *left, const void *right)
{
	const struct report_process *a = *(const struct report_process *const *)left;
	const struct report_process *b = *(const struct report_process *const *)right;
	uint64_t a_count = socket_count(a), b_count = socket_count(b);

	if (needs_attention(a) != needs_attention(b))
		return needs_attention(a) ? -1 : 1;
	if (a_count != b_count)
		return a_count > b_count ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void print_states(FILE *out, const struct report_process *process)
{
	const char *comma = "";
	int state;

	for (state = 0; state < REPORT_STATES; state++) {
		if (!process->tcp_states[state])
			continue;
		fprintf(out, "%s%s %llu", comma, report_state_name(state),
			(unsigned long long)process->tcp_states[state]);
		comma = ", ";
	}
	if (!comma[0])
		fputs("none", out);
}

static void print_descriptors(FILE *out, const struct report_process *process)
{
	if (!descriptor_budget_matters(process))
		return;
	if (process->descriptors && process->descriptor_limit)
		fprintf(out, "; %llu of %llu descriptors", (unsigned long long)process->descriptors,
			(unsigned long long)process->descriptor_limit);
	if (process->leaked)
		fprintf(out, "%s %llu leaked", process->descriptors ? "," : ";",
			(unsigned long long)process->leaked);
}

static char *census_of(const struct report_process *process)
{
	char *name = process_name(process->executable, process->pid);
	struct line line;
	FILE *out = line_begin(&line);

	fprintf(out, "%s: ", name);
	print_states(out, process);
	print_descriptors(out, process);
	free(name);
	return line_end(&line);
}

/* How fast it leaks, and when that will have used up its descriptors; NULL: too early to know. */
static char *rate_of(const struct report_process *process)
{
	bool running = strcmp(process->state, "running") == 0;
	struct line line;
	FILE *out = line_begin(&line);

	if (process->leaks_per_minute > 0)
		fprintf(out, "%.*f leaks a minute", process->leaks_per_minute < 10 ? 1 : 0,
			process->leaks_per_minute);
	if (process->exhausted_in_ms > 0) {
		fputs(running ? ": accept() and socket() will fail with EMFILE in about "
			      : ": accept() and socket() would have failed with EMFILE after "
				"another ",
		      out);
		print_duration(out, process->exhausted_in_ms);
	}
	if (process->leaks_per_minute > 0)
		fputc('.', out);
	return line_end(&line);
}

static char *limit_of(const struct report_process *process)
{
	bool running = strcmp(process->state, "running") == 0;

	if (!descriptor_budget_is_exhausted(process))
		return NULL;
	return allocate_text(
		running ? "The limit is reached: accept() and socket() fail with "
			  "EMFILE."
			: "The limit was reached: accept() and socket() then fail with EMFILE.");
}

static void add_process(struct report_section *section, const struct report_process *process)
{
	struct report_entry *entry = report_section_add(section, census_of(process));
	size_t i;

	if (descriptor_budget_matters(process)) {
		sentences_add(&entry->details, rate_of(process));
		sentences_add(&entry->details, limit_of(process));
	}
	for (i = 0; i < process->tuning.count; i++)
		sentences_add(&entry->details, allocate_text(process->tuning.list[i]));
}

/* What concerns a network namespace, or all: not again for each process. */
static void add_common(struct report_section *section, const struct report *report)
{
	char *outgoing = tuning_of_outgoing(report);
	uint64_t close_wait = 0;
	size_t i;

	if (outgoing)
		report_section_add(section, outgoing);
	for (i = 0; i < report->process_count; i++)
		close_wait += report->processes[i].close_wait_leaked;
	if (close_wait)
		report_section_add(section, allocate_text(TUNING_OF_CLOSE_WAIT));
}

/* Did exec replace PROCESS by one that is in REPORT too? What it had, that one has. */
static bool is_replaced(const struct report *report, const struct report_process *process)
{
	const struct report_process *other;

	if (strcmp(process->state, "execed") != 0)
		return false;
	for (other = process + 1; other < report->processes + report->process_count; other++)
		if (other->pid == process->pid)
			return true;
	return false;
}

static int by_pid(const void *left, const void *right)
{
	const struct report_process *a = *(const struct report_process *const *)left;
	const struct report_process *b = *(const struct report_process *const *)right;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* The processes of REPORT by pid, so that parents are found; the caller frees it. */
static const struct report_process **sorted_by_pid(const struct report *report)
{
	const struct report_process **sorted =
		allocate_zeroed(report->process_count + 1, sizeof(const struct report_process *));
	size_t i;

	for (i = 0; i < report->process_count; i++)
		sorted[i] = &report->processes[i];
	qsort(sorted, report->process_count, sizeof(*sorted), by_pid);
	return sorted;
}

/*
 * Did PROCESS end with sockets that are its parent's as well? They show up there; of its own it has
 * leaked none. SORTED are COUNT processes by pid.
 */
static bool has_inherited_only(const struct report_process *process,
			       const struct report_process *const *sorted, size_t count)
{
	const struct report_process wanted = { .pid = process->parent_pid }, *key = &wanted;
	const struct report_process *const *parent;

	if (strcmp(process->state, "running") == 0 || needs_attention(process))
		return false;
	parent = bsearch(&key, sorted, count, sizeof(*sorted), by_pid);
	return parent && strcmp((*parent)->executable, process->executable) == 0;
}

void process_entries_fill(struct report_section *section, const struct report *report)
{
	const struct report_process **shown =
		allocate_zeroed(report->process_count + 1, sizeof(const struct report_process *));
	const struct report_process **sorted = sorted_by_pid(report);
	size_t count = 0, i;

	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		if ((socket_count(process) || needs_attention(process)) &&
		    !is_replaced(report, process) &&
		    !has_inherited_only(process, sorted, report->process_count))
			shown[count++] = process;
	}
	section->title = "TCP sockets by state:";
	if (count > PROCESSES_SHOWN)
		qsort(shown, count, sizeof(*shown), most_important_first);
	for (i = 0; i < count && i < PROCESSES_SHOWN; i++)
		add_process(section, shown[i]);
	if (i < count)
		report_section_add(section,
				   allocate_printed("and %zu more process%s with TCP sockets",
						    count - i, count - i == 1 ? "" : "es"));
	if (count)
		add_common(section, report);
	free(sorted);
	free(shown);
}
