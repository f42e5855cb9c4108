/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_running.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/observer/observer.h"
#include "analyzer/recordings/process_end.h"

/* Samples further apart show nothing new, however long --min-held is. */
#define APART_MAX_NS (10 * NS_PER_S)

bool observe_running(struct recordings *recordings, uint64_t apart_ns)
{
	struct observed_program *programs =
		allocate_zeroed(recordings->count + 1, sizeof(*programs));
	struct observer *observer;
	size_t count = 0, i;

	for (i = 0; i < recordings->count; i++) {
		const struct process *process = &recordings->list[i];

		if (process->state == PROCESS_RUNNING && process_runs_here(process->recording))
			programs[count++] = (struct observed_program){
				.pid = process->recording->header.pid,
				.path = process->recording->path,
				.previous = process->observation,
			};
	}
	if (!count)
		goto out;
	observer = observer_new();
	observer_sample(observer, programs, count, true);
	clock_wait(apart_ns < APART_MAX_NS ? apart_ns : APART_MAX_NS);
	observer_sample(observer, programs, count, true);
	for (i = 0; i < recordings->count; i++) {
		struct process *process = &recordings->list[i];
		struct observation *seen = observer_take(observer, process->recording->path);

		if (!seen)
			continue;
		observation_free(process->observation);
		process->observation = seen;
	}
	observer_free(observer);
out:
	free(programs);
	return count > 0;
}

/* Moves observations FROM the first reading TO the second. */
static void hand_over(struct recordings *from, struct recordings *to)
{
	size_t i, j;

	for (i = 0; i < to->count; i++) {
		struct process *process = &to->list[i];

		for (j = 0; j < from->count; j++) {
			struct process *before = &from->list[j];

			if (before->recording->inode != process->recording->inode ||
			    before->recording->device != process->recording->device)
				continue;
			if (!before->observation)
				break;
			observation_free(process->observation);
			process->observation = before->observation;
			before->observation = NULL;
			break;
		}
	}
}

struct recordings *recordings_observe(struct recordings *before, char *const *paths, size_t count,
				      char **except, size_t except_count, uint64_t apart_ns)
{
	struct recordings *now;

	if (!observe_running(before, apart_ns))
		return before;
	now = recordings_read_again(before, paths, count, except, except_count);
	hand_over(before, now);
	recordings_free(before);
	return now;
}
