/* SPDX-License-Identifier: MIT */
#include "analyzer/report/descriptor_budget.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/report_state.h"

/*
 * A rate needs that many leaks, and that long a time: four clients of a test that come within 5 ms
 * would be 48000 a minute.
 */
#define LEAKS_MIN   3
#define SPAN_MIN_MS 5000

#define MS_PER_MINUTE 60e3

/* A year: nobody's rate holds that long. */
#define FORETOLD_MAX_MS (365 * 24 * 60 * MS_PER_MINUTE)

/* The image with PID that lived last (images that exec replaced come before); NULL none. */
static struct report_process *process_of(const struct report *report, int pid)
{
	size_t i;

	for (i = report->process_count; i-- > 0;)
		if (report->processes[i].pid == pid)
			return &report->processes[i];
	return NULL;
}

static void count_leaked(struct report *report, const struct report_leak *leak,
			 double *longest_held_ms)
{
	int close_wait = report_state_by_kernel(KERNEL_CLOSE_WAIT);
	struct report_process *process = NULL;
	size_t i;

	for (i = 0; i < leak->socket_count; i++) {
		const struct report_socket *socket = &leak->sockets[i];
		double *longest;

		if (!process || process->pid != socket->pid)
			process = process_of(report, socket->pid);
		if (!process)
			continue;
		process->close_wait_leaked += socket->tcp_state == close_wait;
		if (socket->fd < 0)
			continue;
		process->leaked++;
		longest = &longest_held_ms[process - report->processes];
		if (socket->held_ms > *longest)
			*longest = socket->held_ms;
	}
}

/* Since the first of the leaks that are left, so that an idle start does not water it down. */
static double leaks_per_minute(const struct report_process *process, double longest_held_ms)
{
	if (process->leaked < LEAKS_MIN || longest_held_ms < SPAN_MIN_MS)
		return -1;
	return (double)process->leaked * MS_PER_MINUTE / longest_held_ms;
}

bool descriptor_budget_is_exhausted(const struct report_process *process)
{
	return process->descriptors && process->descriptor_limit &&
	       process->descriptors >= process->descriptor_limit;
}

static double exhausted_in_ms(const struct report_process *process)
{
	double left_ms;

	if (descriptor_budget_is_exhausted(process))
		return 0;
	if (!process->descriptors || !process->descriptor_limit || process->leaks_per_minute <= 0)
		return -1;
	left_ms = (double)(process->descriptor_limit - process->descriptors) * MS_PER_MINUTE /
		  process->leaks_per_minute;
	return left_ms < FORETOLD_MAX_MS ? left_ms : -1;
}

void descriptor_budgets_fill(struct report *report)
{
	double *longest_held_ms =
		allocate_zeroed(report->process_count + 1, sizeof(*longest_held_ms));
	size_t i;

	for (i = 0; i < report->leak_count; i++)
		if (report->leaks[i].verdict == VERDICT_LEAK)
			count_leaked(report, &report->leaks[i], longest_held_ms);
	for (i = 0; i < report->process_count; i++) {
		struct report_process *process = &report->processes[i];

		/* What was open at the last sample may be less than what leaked until the end. */
		if (process->descriptors && process->descriptors < process->leaked)
			process->descriptors = process->leaked;
		process->leaks_per_minute = leaks_per_minute(process, longest_held_ms[i]);
		process->exhausted_in_ms = exhausted_in_ms(process);
	}
	free(longest_held_ms);
}

bool descriptor_budget_matters(const struct report_process *process)
{
	return process->leaked ||
	       (process->descriptors && process->descriptor_limit &&
		process->descriptors >= process->descriptor_limit - process->descriptor_limit / 5);
}
