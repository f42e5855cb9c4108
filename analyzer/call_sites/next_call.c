/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/next_call.h"

/* An event loop does thousands of other things later. */
#define NEXT_WITHIN_NS 1000000000u

static struct next_call next_in_row(const struct recorded_socket *row)
{
	return (struct next_call){ row->next, row->next_ns, row->next_fd,
				   row->next_fd == row->first_fd };
}

static struct next_call next_in_departure(const struct recorded_departure *departure)
{
	return (struct next_call){ departure->next, departure->next_ns, departure->next_fd,
				   departure->next_fd == departure->fd };
}

static struct next_call next_of(const struct leak *leak)
{
	if (leak->history)
		return next_in_row(leak->history->row);
	if (leak->departing)
		return next_in_departure(leak->departing->departure);
	return (struct next_call){ .call = NEXT_NONE, .fd = -1 };
}

bool leak_connects_next(const struct leak *leak)
{
	struct next_call next = next_of(leak);

	return next.call == NEXT_CONNECT && next.ns >= leak->decided_ns && next.ns && !next.own;
}

struct next_call leak_next_call(const struct leak *leak)
{
	struct next_call next = next_of(leak);

	if (!next.ns || next.call > NEXT_READ || next.ns < leak->decided_ns ||
	    next.ns - leak->decided_ns > NEXT_WITHIN_NS)
		return (struct next_call){ .call = NEXT_NONE, .fd = -1 };
	return next;
}
