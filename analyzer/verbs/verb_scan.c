/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/kernel_view/kernel_access.h"
#include "analyzer/launch/started_run.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/options.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/scan/scan_report.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/report/report_build.h"

static void add_pid(int **pids, size_t *count, int pid)
{
	*(int *)allocate_next(pids, *count, sizeof(**pids)) = pid;
	++*count;
}

/* What a `finleak run` has started stands for it. */
static void add_processes_of(int **pids, size_t *count, int run)
{
	size_t started, i;
	int *processes = started_run_processes(run, &started);

	for (i = 0; i < started; i++)
		add_pid(pids, count, processes[i]);
	free(processes);
}

/* The pids that the command line means, *count of them; the caller frees them. */
static int *take_pids(const struct options *options, size_t *count)
{
	int *pids = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < options->argument_count; i++) {
		const char *text = options->arguments[i];
		int pid = parse_pid(text);

		if (!pid)
			usage_error("finleak scan", "'%s' is not a process ID", text);
		if (started_run_is(pid))
			add_processes_of(&pids, count, pid);
		else
			add_pid(&pids, count, pid);
	}
	return pids;
}

/* Prints one line for each process that can't be examined. Returns how many there are. */
static size_t report_inaccessible(const struct kernel_view *view)
{
	size_t failed = 0, i;

	for (i = 0; i < view->process_count; i++)
		if (kernel_access_report(&view->processes[i]))
			failed++;
	return failed;
}

/* Marks processes that have ended, with one line for each. Returns how many there are. */
static size_t report_ended(struct kernel_view *view)
{
	size_t ended = 0, i;

	for (i = 0; i < view->process_count; i++) {
		struct kernel_process *process = &view->processes[i];

		if (process->failure || !kernel_process_ended(process))
			continue;
		fprintf(stderr, "finleak: process %d ended while it was examined\n", process->pid);
		process->ended = true;
		ended++;
	}
	return ended;
}

/* FAILED: how many of the named processes could not be examined. */
static int status_of(const struct options *options, const struct report *report, size_t failed)
{
	/* A gate that could not judge never passes. */
	if (failed || report->view->process_count == 0)
		return EXIT_NOT_JUDGED;
	return report_status(report, options);
}

/* Takes over VIEW. NAMED: its processes were named on the command line. */
static int scan(const struct options *options, struct kernel_view *view, bool named)
{
	uint64_t apart_ns = options->report.judge.min_held_ns;
	size_t failed = named ? report_inaccessible(view) : 0;
	struct scan_findings findings;
	struct kernel_sockets again;
	struct report *report;
	bool written;
	int status;

	if (named && failed == view->process_count) {
		kernel_view_free(view);
		return EXIT_NOT_JUDGED;
	}
	clock_wait(apart_ns);
	kernel_view_sample_again(view, &again);
	scan_findings_find(&findings, view, &again, &options->report.judge, !named);
	if (named)
		failed += report_ended(view);
	report = scan_report_build(view, &findings, ns_to_ms(apart_ns), &options->report, named);
	status = status_of(options, report, failed);
	written = report_outputs_write(report, options, stdout);
	if (!report_outputs_update_baseline(report, options) || !written)
		status = EXIT_NOT_JUDGED;
	report_free(report);
	scan_findings_clear(&findings);
	kernel_sockets_clear(&again);
	return status;
}

int verb_scan(int argc, char **argv)
{
	struct options options;
	int *pids, status;
	size_t count;

	options_parse_scan(&options, argc, argv);
	pids = take_pids(&options, &count);
	if (options.argument_count && !count)
		fputs("finleak: no process of that 'finleak run' is running\n", stderr);
	if (!report_outputs_check(&options) || (options.argument_count && !count)) {
		free(pids);
		options_clear(&options);
		return EXIT_NOT_JUDGED;
	}
	kernel_access_raise_descriptor_limit();
	status = scan(&options, kernel_view_sample(pids, count), options.argument_count > 0);
	free(pids);
	options_clear(&options);
	return status;
}
