/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/companions.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"
#include "analyzer/call_sites/callers.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/recordings/recordings.h"

/* More stacks than this of one place add nothing. */
#define COMPANIONS_MAX 64

/* What was done with the sockets whose end was learned of at one stack. */
struct group {
	struct backtrace *decided;
	struct backtrace *list[COMPANIONS_MAX]; /* each once */
	size_t count;
	UT_hash_handle hh;
};

struct companions {
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	struct group *groups;
	struct callers *callers;
	struct number_map seen; /* pairs of the recording whose stacks are added */
};

static struct group *group_of(struct companions *companions, struct backtrace *decided)
{
	struct group *group;

	HASH_FIND_PTR(companions->groups, &decided, group);
	if (group)
		return group;
	group = allocate_zeroed(1, sizeof(*group));
	group->decided = decided;
	HASH_ADD_PTR(companions->groups, decided, group);
	return group;
}

static void add_to(struct group *group, struct backtrace *backtrace)
{
	size_t i;

	if (!backtrace || group->count == COMPANIONS_MAX)
		return;
	for (i = 0; i < group->count; i++)
		if (group->list[i] == backtrace)
			return;
	group->list[group->count++] = backtrace;
}

/*
 * STACK of RECORDING goes with DECIDED: thousands of sockets may say so. Either may be 0: there is
 * none.
 */
static void add(struct companions *companions, const struct recording *recording, uint32_t decided,
		uint32_t stack)
{
	uint64_t pair = (uint64_t)decided << 32 | stack;
	struct backtrace *backtrace, *companion;
	void **seen;

	if (!pair)
		return;
	seen = number_map_at(&companions->seen, pair);
	if (*seen)
		return;
	*seen = companions;
	backtrace = backtraces_intern(companions->backtraces, recording, decided);
	companion = backtraces_intern(companions->backtraces, recording, stack);
	callers_see(companions->callers, backtrace);
	callers_see(companions->callers, companion);
	if (backtrace)
		add_to(group_of(companions, backtrace), companion);
}

/* COUNT stacks of RECORDING go with DECIDED. */
static void add_all(struct companions *companions, const struct recording *recording,
		    uint32_t decided, const uint32_t *stacks, size_t count)
{
	size_t i;

	if (!decided)
		return;
	add(companions, recording, decided, 0);
	for (i = 0; i < count; i++)
		if (stacks[i])
			add(companions, recording, decided, stacks[i]);
}

static void add_recording(struct companions *companions, const struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];
		const uint32_t stacks[] = { row->write_stack, row->watch_stack, row->read_stack,
					    row->next_stack };

		if (!(row->life & LIFE_OPEN) || row->role == ROLE_LISTENER)
			continue;
		if (row->source == SOURCE_SOCKET)
			add(companions, recording, 0, row->opened_stack);
		add_all(companions, recording, row->eof_ns ? row->eof_stack : 0, stacks, 4);
		add_all(companions, recording, row->error_ns ? row->error_stack : 0, stacks, 4);
	}
	for (i = 0; i < recording->departure_count; i++) {
		const struct recorded_departure *departure = &recording->departures[i];
		const uint32_t stacks[] = { departure->write_stack, departure->watch_stack,
					    departure->read_stack, departure->next_stack };

		if (departure->role != ROLE_LISTENER)
			add_all(companions, recording, departure->decided_stack, stacks, 4);
	}
	for (i = 0; i < recording->total_count; i++)
		if (recording->totals[i].decision != DECIDED_NOT)
			add_all(companions, recording, recording->totals[i].decided_stack,
				&recording->totals[i].closed_stack, 1);
	number_map_clear(&companions->seen);
}

struct companions *companions_find(const struct recordings *recordings,
				   struct backtraces *backtraces, struct symbolizer *symbolizer,
				   const struct own_globs *globs)
{
	struct companions *companions = allocate_zeroed(1, sizeof(*companions));
	size_t i;

	*companions = (struct companions){
		.backtraces = backtraces,
		.symbolizer = symbolizer,
		.globs = globs,
		.callers = callers_new(symbolizer, globs),
	};
	for (i = 0; i < recordings->count; i++)
		add_recording(companions, recordings->list[i].recording);
	return companions;
}

void companions_free(struct companions *companions)
{
	struct group *group, *next;

	if (!companions)
		return;
	callers_free(companions->callers);
	HASH_ITER(hh, companions->groups, group, next) {
		HASH_DEL(companions->groups, group);
		free(group);
	}
	free(companions);
}

/* A call that was seen to lead to own code: the line it is in, and the function it leads to. */
struct seen_call {
	const struct frame *caller, *callee;
};

/*
 * Where COMPANION's way parts from DECIDED's in a function of the program's own, and goes on to
 * another one; CALLEE NULL: it does not.
 */
static struct seen_call parting_call(struct companions *companions, struct backtrace *decided,
				     struct backtrace *companion, const char *executable,
				     const struct frame **in_decided)
{
	struct divergence parts;

	backtrace_name(companion, companions->symbolizer);
	parts = divergence_of(decided->named, decided->named_count, companion->named,
			      companion->named_count);
	*in_decided = parts.here;
	if (!parts.here || parts.closing == companion->named ||
	    !own_code_is_own(parts.closing, executable, companions->globs) ||
	    !own_code_is_own(parts.closing - 1, executable, companions->globs) ||
	    parts.closing[-1].inlined)
		return (struct seen_call){ NULL, NULL };
	return (struct seen_call){ parts.closing, parts.closing - 1 };
}

const struct frame *companions_dispatcher(struct companions *companions, struct backtrace *decided,
					  const char *executable)
{
	struct seen_call calls[COMPANIONS_MAX];
	size_t count = 0, i, j;
	struct group *group;

	HASH_FIND_PTR(companions->groups, &decided, group);
	for (i = 0; group && i < group->count; i++) {
		const struct frame *here;
		struct seen_call call =
			parting_call(companions, decided, group->list[i], executable, &here);

		if (!call.callee)
			continue;
		/* One line leads to two functions: the call is by a pointer. */
		for (j = 0; j < count; j++)
			if (frames_share_call(calls[j].caller, call.caller) &&
			    !frames_share_function(calls[j].callee, call.callee))
				return here;
		calls[count++] = call;
	}
	return NULL;
}

/* Does a stack of GROUP lead through the function of CALLER, and not on through WRAPPER's? */
static bool is_used_beside(struct companions *companions, const struct group *group,
			   const struct frame *caller, const struct frame *wrapper,
			   const char *executable)
{
	size_t i, j;

	for (i = 0; i < group->count; i++) {
		struct backtrace *backtrace = group->list[i];
		const struct frame *own =
			callers_innermost(companions->callers, backtrace, executable);

		if (!own || frames_share_function(own, wrapper))
			continue;
		for (j = 0; j < backtrace->named_count; j++)
			if (frames_share_function(&backtrace->named[j], caller))
				return true;
	}
	return false;
}

const struct frame *companions_caller(struct companions *companions, struct backtrace *decided,
				      const struct frame *frame, const char *executable)
{
	const struct frame *caller = callers_own(companions->callers, decided, frame, executable);
	struct group *group;

	HASH_FIND_PTR(companions->groups, &decided, group);
	if (!caller || !group || !is_used_beside(companions, group, caller, frame, executable))
		return NULL;
	return callers_of_several(companions->callers, decided, frame, executable);
}

const struct frame *companions_user(struct companions *companions,
				    const struct backtrace *backtrace, const struct frame *frame,
				    const char *executable)
{
	return callers_of_several(companions->callers, backtrace, frame, executable);
}
