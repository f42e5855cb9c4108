/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/origin.h"

#include "analyzer/recordings/process_relations.h"

/* A process image that has had the socket: until it closed it, or until its end. */
struct image {
	const struct process *process;
	uint8_t source; /* enum recorded_source */
	uint64_t opened_ns;
};

static bool is_from_another(uint8_t source)
{
	return source == SOURCE_FORK || source == SOURCE_EXEC || source == SOURCE_PASSED;
}

static bool same_process(const struct process *a, const struct process *b)
{
	return a->recording->header.pid == b->recording->header.pid;
}

bool origin_gave(const struct process *process, uint8_t source, const struct process *heir)
{
	if (same_process(process, heir))
		return false;
	return !is_from_another(source) || process_descends_from(heir, process);
}

/* False: PROCESS has not had the socket of LIFE. */
static bool find_image(struct image *image, const struct socket_life *life,
		       const struct process *process)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holding = &life->holdings[i];

		if (holding->process != process)
			continue;
		*image = (struct image){ process, holding->row->source, holding->row->opened_ns };
		return true;
	}
	return false;
}

/* IMAGE was passed the socket: makes it the one that had opened it, where that is its process. */
static void find_opener(struct image *image, const struct socket_life *life)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++) {
		const struct recorded_departure *departure = life->departures[i].departure;

		if (!same_process(life->departures[i].process, image->process) ||
		    is_from_another(departure->source))
			continue;
		*image = (struct image){ life->departures[i].process, departure->source,
					 departure->opened_ns };
		return;
	}
}

/*
 * The image with which the process of HOLDING got the socket: exec hands it on to the next one, and
 * what a process sends to itself it has as before.
 */
static struct image first_image(const struct socket_life *life, const struct holding *holding)
{
	struct image image = { holding->process, holding->row->source, holding->row->opened_ns };

	while (image.source == SOURCE_EXEC && image.process->predecessor &&
	       find_image(&image, life, image.process->predecessor))
		;
	if (image.source == SOURCE_PASSED)
		find_opener(&image, life);
	return image;
}

/*
 * When did the process end from which HEIR has the socket and which had opened it itself? A daemon
 * goes on in the place of that one.
 */
static uint64_t owner_left_ns(const struct socket_life *life, const struct process *heir)
{
	uint64_t left_ns = UINT64_MAX;
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct process *owner = life->holdings[i].process;

		if (is_from_another(life->holdings[i].row->source) ||
		    !process_ended_itself(owner) || !process_descends_from(heir, owner))
			continue;
		left_ns = nanoseconds_between(heir->recording->header.start_ns, owner->end_ns);
	}
	return left_ns;
}

/* One that was there before the recording has it since an unknown time. */
static uint64_t since_ns(const struct image *image)
{
	uint64_t start_ns = image->process->recording->header.start_ns;

	if (image->source == SOURCE_BEFORE)
		return 0;
	return image->opened_ns > start_ns ? image->opened_ns : start_ns;
}

struct origin origin_of(const struct socket_life *life, const struct holding *holding,
			uint64_t end_ns, bool end_known)
{
	struct image first = first_image(life, holding);
	struct origin origin = {
		.inherited = is_from_another(first.source),
		.only_connection = holding->only_connection,
		.passed = first.source == SOURCE_PASSED,
		.since_ns = since_ns(&first),
		.owner_left_ns = UINT64_MAX,
	};
	size_t i;

	if (!origin.inherited)
		return origin;
	origin.owner_left_ns = owner_left_ns(life, first.process);
	for (i = 0; i < life->departure_count; i++) {
		const struct process *other = life->departures[i].process;
		const struct recorded_departure *departure = life->departures[i].departure;

		if (!origin_gave(other, departure->source, holding->process))
			continue;
		if (departure->closed_ns > end_ns)
			origin.closed_later |= end_known;
		else if (departure->closed_ns > origin.shared_until_ns)
			origin.shared_until_ns = departure->closed_ns;
	}
	return origin;
}
