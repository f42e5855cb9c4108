/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/listeners.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"

/* A listener of one process. */
struct standing_listener {
	const struct process *process;
	uint64_t opened_ns;
	uint16_t port;
	uint32_t ordinal;
	uint32_t stack;  /* where it began to listen; 0 unknown */
	uint32_t opened; /* ... and where its socket was opened */
};

/* Those of one process: COUNT from FIRST on. */
struct listeners_of_process {
	const struct process *process;
	size_t first, count;
	bool is_complete; /* there was no other listener before these */
	UT_hash_handle hh;
};

struct listeners {
	struct standing_listener *list;
	size_t count;
	struct listeners_of_process *processes;
};

static void add(struct listeners *listeners, const struct process *process, uint64_t opened_ns,
		uint16_t port, uint32_t stack, uint32_t opened)
{
	struct standing_listener *next =
		allocate_next(&listeners->list, listeners->count, sizeof(*next));

	listeners->count++;
	*next = (struct standing_listener){ process, opened_ns, port, 0, stack, opened };
}

/* The latest time at which a socket is known to have been opened in RECORDING. */
static uint64_t last_opened_ns(const struct recording *recording)
{
	uint64_t last_ns = 0;
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].life & LIFE_OPEN &&
		    recording->sockets[i].opened_ns > last_ns)
			last_ns = recording->sockets[i].opened_ns;
	for (i = 0; i < recording->departure_count; i++)
		if (recording->departures[i].opened_ns > last_ns)
			last_ns = recording->departures[i].opened_ns;
	return last_ns;
}

static int by_opening(const void *left, const void *right)
{
	const struct standing_listener *a = left, *b = right;

	if (a->opened_ns != b->opened_ns)
		return a->opened_ns < b->opened_ns ? -1 : 1;
	return a->port < b->port ? -1 : a->port > b->port;
}

/*
 * The stacks by which RECORDING's process listened for a while only, before LAST_NS: for an FTP
 * server's transfers, in threads or tests with a server each. Whether the last of these stood to
 * the end is chance.
 */
static void find_passing(struct number_map *stacks, const struct recording *recording,
			 uint64_t last_ns)
{
	size_t i;

	for (i = 0; i < recording->departure_count; i++) {
		const struct recorded_departure *departure = &recording->departures[i];

		if (departure->flags & DEPARTED_LISTENER && departure->listen_stack &&
		    departure->closed_ns < last_ns)
			*number_map_at(stacks, departure->listen_stack) = stacks;
	}
}

/* On one port (SO_REUSEPORT, one for each address), or by one of the stacks PASSING. */
static bool serve_the_same(const struct standing_listener *a, const struct standing_listener *b,
			   const struct number_map *passing)
{
	return a->port == b->port || (a->stack == b->stack && number_map_find(passing, a->stack));
}

static void number(struct standing_listener *list, size_t count, const struct number_map *passing)
{
	uint32_t ordinal = 0;
	size_t i, j;

	qsort(list, count, sizeof(*list), by_opening);
	for (i = 0; i < count; i++) {
		for (j = 0; j < i && !serve_the_same(&list[j], &list[i], passing); j++)
			;
		list[i].ordinal = j < i ? list[j].ordinal : ordinal++;
	}
}

static void find_in(struct listeners *listeners, const struct process *process)
{
	const struct recording *recording = process->recording;
	struct number_map passing = { .slots = NULL };
	struct listeners_of_process *found;
	size_t first = listeners->count, i;
	uint64_t last_ns = 0;
	bool is_complete = true;

	for (i = 0; i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];

		if (row->life & LIFE_OPEN && row->role == ROLE_LISTENER && row->local.port)
			add(listeners, process, row->opened_ns, row->local.port, row->listen_stack,
			    row->opened_stack);
	}
	for (i = 0; i < recording->departure_count; i++) {
		const struct recorded_departure *departure = &recording->departures[i];

		if (!(departure->flags & DEPARTED_LISTENER) || !departure->local.port)
			continue;
		if (!last_ns)
			last_ns = last_opened_ns(recording);
		if (departure->closed_ns >= last_ns)
			add(listeners, process, departure->opened_ns, departure->local.port,
			    departure->listen_stack, departure->opened_stack);
		else
			is_complete = false;
	}
	if (first == listeners->count)
		return;
	/* One alone is the first, whatever it is. */
	if (listeners->count - first > 1)
		find_passing(&passing, recording, last_ns);
	number(&listeners->list[first], listeners->count - first, &passing);
	number_map_clear(&passing);
	found = allocate_zeroed(1, sizeof(*found));
	found->process = process;
	found->first = first;
	found->count = listeners->count - first;
	found->is_complete = is_complete;
	HASH_ADD_PTR(listeners->processes, process, found);
}

struct listeners *listeners_find(const struct recordings *recordings)
{
	struct listeners *listeners = allocate_zeroed(1, sizeof(*listeners));
	size_t i;

	for (i = 0; i < recordings->count; i++)
		find_in(listeners, &recordings->list[i]);
	return listeners;
}

void listeners_free(struct listeners *listeners)
{
	struct listeners_of_process *process, *next;

	if (!listeners)
		return;
	HASH_ITER(hh, listeners->processes, process, next) {
		HASH_DEL(listeners->processes, process);
		free(process);
	}
	free(listeners->list);
	free(listeners);
}

static const struct recorded_address *local_of(const struct leak *leak)
{
	static const struct recorded_address unknown;

	if (leak->holder && leak->holder->row->local.port)
		return &leak->holder->row->local;
	if (leak->history && leak->history->row->local.port)
		return &leak->history->row->local;
	if (leak->departing)
		return &leak->departing->departure->local;
	return leak->sighting ? &leak->sighting->socket->local : &unknown;
}

static const struct process *process_of(const struct leak *leak)
{
	if (leak->holder)
		return leak->holder->process;
	if (leak->departing)
		return leak->departing->process;
	return leak->sighting ? leak->sighting->process : NULL;
}

/* Did PROCESS, which has or had it, accept it itself? */
static bool is_accepted_by(const struct leak *leak, const struct process *process)
{
	if (leak->holder)
		return leak->holder->process == process &&
		       leak->holder->row->source == SOURCE_ACCEPT;
	return leak->departing && leak->departing->process == process &&
	       leak->departing->departure->source == SOURCE_ACCEPT;
}

/* The one that PROCESS had all the time, for all that it accepted; NULL: it had several, or none.
 */
static const struct standing_listener *only_listener_of(const struct listeners *listeners,
							const struct process *process)
{
	struct listeners_of_process *found;
	size_t i;

	HASH_FIND_PTR(listeners->processes, &process, found);
	if (!found || !found->is_complete)
		return NULL;
	for (i = 1; i < found->count; i++)
		if (listeners->list[found->first + i].port != listeners->list[found->first].port)
			return NULL;
	return &listeners->list[found->first];
}

/* A child that serves one connection has closed its parent's listener, or never had it. */
const struct standing_listener *listeners_find_of(const struct listeners *listeners,
						  const struct leak *leak)
{
	const struct process *process = process_of(leak);
	uint16_t port = local_of(leak)->port;
	struct listeners_of_process *found;
	uint64_t start_ns;
	size_t i;

	/* Nobody asked for its address: it was closed, or the process was killed, before. */
	if (!port && process && is_accepted_by(leak, process))
		return only_listener_of(listeners, process);
	while (port && process) {
		HASH_FIND_PTR(listeners->processes, &process, found);
		for (i = 0; found && i < found->count; i++)
			if (listeners->list[found->first + i].port == port)
				return &listeners->list[found->first + i];
		/* A parent has started first: else a damaged recording could lead in circles. */
		start_ns = process->recording->header.start_ns;
		process = process->parent;
		if (process && process->recording->header.start_ns >= start_ns)
			break;
	}
	return NULL;
}

uint32_t listeners_ordinal(const struct listeners *listeners, const struct leak *leak)
{
	const struct standing_listener *listener = listeners_find_of(listeners, leak);

	return listener ? listener->ordinal : 0;
}

static struct stack_ref stack_of(const struct standing_listener *listener, uint32_t stack)
{
	if (!stack)
		return (struct stack_ref){ NULL, 0 };
	return (struct stack_ref){ listener->process->recording, stack };
}

struct listener_stacks listener_stacks(const struct listeners *listeners, const struct leak *leak)
{
	const struct standing_listener *listener = listeners_find_of(listeners, leak);

	if (!listener)
		return (struct listener_stacks){ .opened.recording = NULL };
	return (struct listener_stacks){
		.listening = stack_of(listener, listener->stack),
		.opened = stack_of(listener, listener->opened),
	};
}

enum connection_side listeners_side(const struct listeners *listeners, const struct leak *leak)
{
	const struct socket_life *life = leak->life;
	bool opened = false;
	size_t i;

	for (i = 0; life && i < life->holding_count; i++) {
		if (life->holdings[i].row->source == SOURCE_ACCEPT)
			return SIDE_ACCEPTED;
		opened |= life->holdings[i].row->source == SOURCE_SOCKET;
	}
	for (i = 0; life && i < life->departure_count; i++) {
		if (life->departures[i].departure->source == SOURCE_ACCEPT)
			return SIDE_ACCEPTED;
		opened |= life->departures[i].departure->source == SOURCE_SOCKET;
	}
	if (opened)
		return SIDE_CONNECTED;
	return listeners_find_of(listeners, leak) ? SIDE_ACCEPTED : SIDE_UNKNOWN;
}
