/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_processes.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/duration.h"
#include "analyzer/base/allocate.h"
#include "analyzer/report/descriptor_budget.h"
#include "analyzer/report/tuning_advice.h"
#include "analyzer/base/utf8.h"

#define PROCESSES_SHOWN 8

void text_process(FILE *out, const char *executable, int pid)
{
	utf8_print_escaped(out, executable && executable[0] ? path_base(executable) : "?");
	fprintf(out, " (pid %d)", pid);
}

static uint64_t socket_count(const struct report_process *process)
{
	uint64_t count = 0;
	int state;

	for (state = 0; state < REPORT_STATES; state++)
		count += process->tcp_states[state];
	return count;
}

static bool has_something_to_report(const struct report_process *process)
{
	return process->tuning_count || descriptor_budget_matters(process);
}

static int most_to_report_first(const void *left, const void *right)
{
	const struct report_process *a = *(const struct report_process *const *)left;
	const struct report_process *b = *(const struct report_process *const *)right;
	uint64_t a_count = socket_count(a), b_count = socket_count(b);

	if (has_something_to_report(a) != has_something_to_report(b))
		return has_something_to_report(a) ? -1 : 1;
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

static void print_rate(FILE *out, const struct report_process *process)
{
	bool running = strcmp(process->state, "running") == 0;

	if (process->leaks_per_minute > 0)
		fprintf(out, "    %.*f leaks a minute%s", process->leaks_per_minute < 10 ? 1 : 0,
			process->leaks_per_minute, process->exhausted_in_ms > 0 ? ": " : ".\n");
	if (process->exhausted_in_ms > 0) {
		fputs(running ? "accept() and socket() will fail with EMFILE in about "
			      : "accept() and socket() would have failed with EMFILE after "
				"another ",
		      out);
		print_duration(out, process->exhausted_in_ms);
		fputs(".\n", out);
	}
	if (descriptor_budget_is_exhausted(process))
		fputs(running ? "    The limit is reached: accept() and socket() fail with "
				"EMFILE.\n"
			      : "    The limit was reached: then accept() and socket() fail with "
				"EMFILE.\n",
		      out);
}

/* When leaks will have used up its descriptors, and which sysctl concerns what piles up. */
static void print_budget_and_tuning(FILE *out, const struct report_process *process)
{
	size_t i;

	if (descriptor_budget_matters(process))
		print_rate(out, process);
	for (i = 0; i < process->tuning_count; i++)
		text_wrapped(out, "    ", process->tuning[i]);
}

static void print_process(FILE *out, const struct report_process *process)
{
	fputs("  ", out);
	text_process(out, process->executable, process->pid);
	fputs(": ", out);
	print_states(out, process);
	print_descriptors(out, process);
	fputc('\n', out);
	print_budget_and_tuning(out, process);
}

/* What concerns a network namespace, or all: not again for each process. */
static void print_common(FILE *out, const struct report *report)
{
	char *outgoing = tuning_of_outgoing(report);
	uint64_t close_wait = 0;
	size_t i;

	if (outgoing)
		text_wrapped(out, "  ", outgoing);
	free(outgoing);
	for (i = 0; i < report->process_count; i++)
		close_wait += report->processes[i].close_wait_leaked;
	if (close_wait)
		text_wrapped(out, "  ", TUNING_OF_CLOSE_WAIT);
}

/* Did exec replace PROCESS by one that is reported too? What it had, that one has. */
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

void text_processes(const struct text *text, const struct report *report)
{
	const struct report_process **shown =
		allocate_zeroed(report->process_count + 1, sizeof(const struct report_process *));
	size_t count = 0, i;

	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];

		if ((socket_count(process) || has_something_to_report(process)) &&
		    !is_replaced(report, process))
			shown[count++] = process;
	}
	if (!count)
		goto out;
	if (count > PROCESSES_SHOWN)
		qsort(shown, count, sizeof(*shown), most_to_report_first);
	fputs("\nTCP sockets by state:\n", text->out);
	for (i = 0; i < count && i < PROCESSES_SHOWN; i++)
		print_process(text->out, shown[i]);
	if (i < count)
		fprintf(text->out, "  and %zu more process%s with TCP sockets\n", count - i,
			count - i == 1 ? "" : "es");
	print_common(text->out, report);
out:
	free(shown);
}
