/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/work_times.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/number_map.h"
#include "analyzer/base/sorted_numbers.h"

/* Times, ns, ascending once they are sorted. */
struct durations {
	uint64_t *list;
	size_t count;
};

/* The work at one stack, divided by when it ended. */
struct division {
	uint64_t ns;
	struct durations before, since;
	struct division *next; /* by another time */
};

struct stack_work {
	const struct recorded_departure **departures;
	size_t count;
	struct division *divisions;
};

struct work_times {
	const struct recording *recording;
	bool counted; /* its departures are among the stacks' */
	struct number_map stacks;
};

struct work_times *work_times_of(const struct recording *recording)
{
	struct work_times *times = allocate_zeroed(1, sizeof(*times));

	times->recording = recording;
	return times;
}

static void free_work(struct stack_work *work)
{
	struct division *division = work->divisions, *next;

	for (; division; division = next) {
		next = division->next;
		free(division->before.list);
		free(division->since.list);
		free(division);
	}
	free(work->departures);
	free(work);
}

void work_times_free(struct work_times *times)
{
	size_t i;

	if (!times)
		return;
	for (i = 0; i < times->stacks.room; i++)
		if (times->stacks.slots[i].value)
			free_work(times->stacks.slots[i].value);
	number_map_clear(&times->stacks);
	free(times);
}

static void add(struct work_times *times, const struct recorded_departure *departure)
{
	struct stack_work **work =
		(struct stack_work **)number_map_at(&times->stacks, departure->decided_stack);
	const struct recorded_departure **next;

	if (!*work)
		*work = allocate_zeroed(1, sizeof(**work));
	next = allocate_next(&(*work)->departures, (*work)->count++, sizeof(*next));
	*next = departure;
}

static void count(struct work_times *times)
{
	size_t i;

	times->counted = true;
	for (i = 0; i < times->recording->departure_count; i++) {
		const struct recorded_departure *departure = &times->recording->departures[i];

		if (departure->decision != DECIDED_NOT && departure->decided_stack)
			add(times, departure);
	}
}

static int by_time(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void sort(struct durations *durations)
{
	if (durations->count)
		qsort(durations->list, durations->count, sizeof(uint64_t), by_time);
}

static struct division *division_at(struct stack_work *work, uint64_t ns)
{
	struct division *division;
	size_t i;

	for (division = work->divisions; division; division = division->next)
		if (division->ns == ns)
			return division;
	division = allocate_zeroed(1, sizeof(*division));
	division->ns = ns;
	for (i = 0; i < work->count; i++) {
		const struct recorded_departure *departure = work->departures[i];
		struct durations *durations =
			departure->closed_ns < ns ? &division->before : &division->since;
		uint64_t *next = allocate_next(&durations->list, durations->count++, sizeof(*next));

		*next = nanoseconds_between(departure->decided_ns, departure->closed_ns);
	}
	sort(&division->before);
	sort(&division->since);
	division->next = work->divisions;
	work->divisions = division;
	return division;
}

static size_t at_least(const struct durations *durations, uint64_t ns)
{
	return sorted_numbers_from(durations->list, durations->count, ns);
}

struct work work_times_count(struct work_times *times, uint32_t stack, uint64_t long_ns,
			     uint64_t ns)
{
	const struct division *division;
	struct stack_work *work;

	if (!times->counted)
		count(times);
	work = stack ? number_map_find(&times->stacks, stack) : NULL;
	if (!work)
		return (struct work){ 0 };
	division = division_at(work, ns);
	return (struct work){ at_least(&division->before, long_ns),
			      at_least(&division->since, long_ns) };
}
