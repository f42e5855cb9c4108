/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_observe.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/process_end.h"

static int by_path(const void *left, const void *right)
{
	const struct process *a = *(struct process *const *)left;
	const struct process *b = *(struct process *const *)right;

	return strcmp(a->recording->path, b->recording->path);
}

/* Those of BEFORE (NULL allowed), sorted; the caller frees them. */
static struct process **sort_by_path(const struct recordings *before, size_t *count)
{
	struct process **sorted;
	size_t i;

	*count = before ? before->count : 0;
	sorted = allocate_zeroed(*count + 1, sizeof(struct process *));
	for (i = 0; i < *count; i++)
		sorted[i] = &before->list[i];
	qsort(sorted, *count, sizeof(struct process *), by_path);
	return sorted;
}

static struct process *find(struct process **sorted, size_t count, struct process *process)
{
	struct process **found =
		bsearch(&process, sorted, count, sizeof(struct process *), by_path);

	return found ? *found : NULL;
}

/* PROCESS gets what was seen NOW or, failing that, before it ended. */
static void bring_up_to_date(struct process *process, struct process *before,
			     struct observation *now)
{
	struct observation *known = process->observation;

	/* If nobody else saw it end: it ran at its last sample. */
	if (before && !process->end_known && process->end_ns < before->end_ns)
		process->end_ns = before->end_ns;
	if (!now && before && before->observation &&
	    (!known || known->sampled_ns < before->observation->sampled_ns)) {
		now = before->observation;
		before->observation = NULL;
	}
	if (!now)
		return;
	observation_free(known);
	process->observation = now;
}

/* OBSERVER NULL: there was no sample. */
static void bring_all_up_to_date(struct recordings *recordings, struct process **sorted,
				 size_t count, struct observer *observer)
{
	size_t i;

	for (i = 0; i < recordings->count; i++) {
		struct process *process = &recordings->list[i];
		struct observation *now =
			observer ? observer_take(observer, process->recording->path) : NULL;

		bring_up_to_date(process, find(sorted, count, process), now);
	}
}

void watch_observe_nothing(struct recordings *recordings, struct recordings *before)
{
	size_t count;
	struct process **sorted = sort_by_path(before, &count);

	bring_all_up_to_date(recordings, sorted, count, NULL);
	free(sorted);
}

void watch_observe(struct observer *observer, struct recordings *recordings,
		   struct recordings *before, bool thorough)
{
	struct observed_program *programs =
		allocate_zeroed(recordings->count + 1, sizeof(*programs));
	size_t before_count, count = 0, i;
	struct process **sorted = sort_by_path(before, &before_count);

	for (i = 0; i < recordings->count; i++) {
		struct process *process = &recordings->list[i];
		const struct process *last = find(sorted, before_count, process);

		if (process->state != PROCESS_RUNNING || !process_runs_here(process->recording))
			continue;
		programs[count++] = (struct observed_program){
			.pid = process->recording->header.pid,
			.path = process->recording->path,
			.previous = last && last->observation ? last->observation
							      : process->observation,
		};
	}
	observer_sample(observer, programs, count, thorough);
	bring_all_up_to_date(recordings, sorted, before_count, observer);
	free(sorted);
	free(programs);
}
