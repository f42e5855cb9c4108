/* SPDX-License-Identifier: MIT */
#include "analyzer/report/descriptor_budget.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/report_state.h"

#define MS_PER_MINUTE 60e3

/*
 * A rate needs that many leaks, and that long a time: four clients of a test that come within 5 ms
 * would be 48000 a minute.
 */
#define LEAKS_MIN   3
#define SPAN_MIN_MS MS_PER_MINUTE

/* A rate is believed to hold for so many times as long as it has been seen. */
#define FORETOLD_MAX_SPANS 100

/* The image with PID that lived last (images that exec replaced come before); NULL none. */
static struct report_process *process_of(const struct report *report, int pid)
{
	size_t i;

	for (i = report->process_count; i-- > 0;)
		if (report->processes[i].pid == pid)
			return &report->processes[i];
	return NULL;
}

/* How long the leaks of a process have been held, ms. */
struct leak_ages {
	double longest, shortest;
};

static void count_leaked(struct report *report, const struct report_leak *leak,
			 struct leak_ages *all_ages)
{
	int close_wait = report_state_by_kernel(KERNEL_CLOSE_WAIT);
	struct report_process *process = NULL;
	size_t i;

	for (i = 0; i < leak->socket_count; i++) {
		const struct report_socket *socket = &leak->sockets[i];
		struct leak_ages *ages;

		if (!process || process->pid != socket->pid)
			process = process_of(report, socket->pid);
		if (!process)
			continue;
		process->close_wait_leaked += socket->tcp_state == close_wait;
		if (socket->fd < 0)
			continue;
		ages = &all_ages[process - report->processes];
		if (!process->leaked || socket->held_ms < ages->shortest)
			ages->shortest = socket->held_ms;
		if (!process->leaked || socket->held_ms > ages->longest)
			ages->longest = socket->held_ms;
		process->leaked++;
	}
}

/*
 * Since the first of the leaks that are left, so that an idle start does not water it down. A burst
 * that nothing came after is no rate.
 */
static double leaks_per_minute(const struct report_process *process, const struct leak_ages *ages)
{
	if (process->leaked < LEAKS_MIN || ages->longest < SPAN_MIN_MS ||
	    ages->shortest > ages->longest / 2)
		return -1;
	return (double)process->leaked * MS_PER_MINUTE / ages->longest;
}

bool descriptor_budget_is_exhausted(const struct report_process *process)
{
	return process->descriptors && process->descriptor_limit &&
	       process->descriptors >= process->descriptor_limit;
}

static double exhausted_in_ms(const struct report_process *process, double span_ms)
{
	double left_ms;

	if (descriptor_budget_is_exhausted(process))
		return 0;
	if (!process->descriptors || !process->descriptor_limit || process->leaks_per_minute <= 0)
		return -1;
	left_ms = (double)(process->descriptor_limit - process->descriptors) * MS_PER_MINUTE /
		  process->leaks_per_minute;
	return left_ms <= FORETOLD_MAX_SPANS * span_ms ? left_ms : -1;
}

void descriptor_budgets_fill(struct report *report)
{
	struct leak_ages *ages = allocate_zeroed(report->process_count + 1, sizeof(*ages));
	size_t i;

	for (i = 0; i < report->leak_count + report->quiet_count; i++)
		if (report->leaks[i].verdict == VERDICT_LEAK)
			count_leaked(report, &report->leaks[i], ages);
	for (i = 0; i < report->process_count; i++) {
		struct report_process *process = &report->processes[i];

		/* What was open at the last sample may be less than what leaked until the end. */
		if (process->descriptors && process->descriptors < process->leaked)
			process->descriptors = process->leaked;
		process->leaks_per_minute = leaks_per_minute(process, &ages[i]);
		process->exhausted_in_ms = exhausted_in_ms(process, ages[i].longest);
	}
	free(ages);
}

bool descriptor_budget_matters(const struct report_process *process)
{
	return process->leaked ||
	       (process->descriptors && process->descriptor_limit &&
		process->descriptors >= process->descriptor_limit - process->descriptor_limit / 5);
}
