/* SPDX-License-Identifier: MIT */
#include "analyzer/report/process_census.h"

#include "analyzer/base/clock.h"
#include "analyzer/report/report_state.h"

static void count_rows(struct report_process *shown, const struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];
		int state = row->life & LIFE_OPEN ? report_state_of(row) : -1;

		if (state >= 0)
			shown->tcp_states[state]++;
	}
}

static void count_observed(struct report_process *shown, const struct observation *observation)
{
	unsigned int kernel_state;

	for (kernel_state = 0; kernel_state < OBSERVED_STATES; kernel_state++) {
		int state = report_state_by_kernel(kernel_state);

		if (state >= 0)
			shown->tcp_states[state] += observation->states[kernel_state];
	}
	shown->tcp_states[report_state_before_use(false)] += observation->idle;
	shown->tcp_states[report_state_before_use(true)] += observation->bound;
	shown->tcp_states[report_state_by_kernel(KERNEL_CLOSE)] += observation->closed;
	shown->unanswered = observation->unanswered;
}

void process_census_add_unowned(struct report_process *shown, const uint64_t unowned[KERNEL_STATES])
{
	unsigned int kernel_state;

	for (kernel_state = 0; kernel_state < KERNEL_STATES; kernel_state++) {
		int state = report_state_by_kernel(kernel_state);

		if (state < 0)
			continue;
		shown->tcp_states[state] += unowned[kernel_state];
		shown->unowned[state] += unowned[kernel_state];
	}
}

void process_census_take(struct report_process *shown, const struct process *process)
{
	const struct recording_header *header = &process->recording->header;
	const struct observation *observation = process->observation;
	uint64_t taken_ns = header->last_sample_ns;

	shown->census_ms = -1;
	if (observation && observation->sampled_ns > header->last_sample_ns) {
		count_observed(shown, observation);
		taken_ns = observation->sampled_ns;
	} else {
		count_rows(shown, process->recording);
	}
	/* The sample at exit shows what the process has; of what it has closed, the last sample
	 * from outside knows. */
	if (observation)
		process_census_add_unowned(shown, observation->unowned);
	if (taken_ns)
		shown->census_ms = ns_to_ms(nanoseconds_between(header->start_ns, taken_ns));
}
