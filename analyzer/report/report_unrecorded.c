/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_unrecorded.h"

#include "analyzer/base/allocate.h"

/* Is what should have been recorded of UNRECORDED nowhere else? */
static bool is_missing(const struct recordings *recordings, const struct unrecorded *unrecorded)
{
	size_t i;

	if (unrecorded->no_sockets)
		return false;
	for (i = 0; i < recordings->count; i++) {
		const struct recording *recording = recordings->list[i].recording;

		if (recording->header.pid != unrecorded->pid)
			continue;
		if (recording->is_stand_in || (unrecorded->intercepted && recording->header.opened))
			return false;
	}
	return true;
}

/* SHOWN, which is zeroed, becomes a process of which nothing is known but why. */
static void fill(struct report_process *shown, const struct unrecorded *unrecorded)
{
	shown->pid = unrecorded->pid;
	shown->parent_pid = -1;
	shown->executable = unrecorded->command;
	shown->command = allocate_text(unrecorded->command);
	shown->state = "exited";
	shown->duration_ms = unrecorded->seen_ms;
	shown->leaks_per_minute = -1;
	shown->exhausted_in_ms = -1;
	shown->census_ms = -1;
	shown->time_wait_unattributed = -1;
	kernel_tuning_clear(&shown->sysctls);
	shown->unrecorded = true;
	sentences_add(&shown->blind_spots,
		      allocate_printed("was not recorded: %s", unrecorded->reason));
	shown->not_judged = 1;
}

void report_add_unrecorded(struct report *report)
{
	const struct recordings *recordings = report->recordings;
	struct report_process *shown;
	size_t i;

	for (i = 0; i < recordings->unrecorded_count; i++) {
		if (!is_missing(recordings, &recordings->unrecorded[i]))
			continue;
		shown = allocate_next(&report->processes, report->process_count, sizeof(*shown));
		report->process_count++;
		fill(shown, &recordings->unrecorded[i]);
		report->not_judged++;
	}
}

void report_process_add_reason(struct report_process *shown, const struct process *process,
			       const struct unrecorded *known)
{
	const struct observation *observation = process->observation;
	uint64_t count = observation->unrecorded_most;

	shown->unrecorded = true;
	shown->not_judged++;
	shown->unattributed = count;
	sentences_add(&shown->blind_spots,
		      allocate_printed("was not recorded: %s. The kernel alone judged its %llu "
				       "TCP socket%s by samples: no line of code is known, and "
				       "what it closed between two samples is not visible",
				       known ? known->reason : "the reason is not known",
				       (unsigned long long)count, count == 1 ? "" : "s"));
}
