/* SPDX-License-Identifier: MIT */
/*
 * What is remembered of descriptors and threads, so that only what is new is handed over: whose
 * bytes have been seen moving, whose end was read how often, who waits on an epoll descriptor.
 */
#ifndef FINLEAK_BPF_NUMBERS_H
#define FINLEAK_BPF_NUMBERS_H

#include "analyzer/attach/bpf_events.h"
#include "analyzer/attach/bpf_sockets.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 131072);
	__type(key, struct attach_number);
	__type(value, struct attach_descriptor);
} descriptors SEC(".maps");

/* Threads that have learned of an end: what they do next matters. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, uint32_t);
	__type(value, uint32_t);
} expecting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, uint32_t);
} transfers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ATTACH_POLLERS_MAX);
	__type(key, struct attach_number);
	__type(value, struct attach_poller);
} pollers SEC(".maps");

/* What is known of a number stays when it is closed, blank: it is used again soon. */
static __always_inline void number_begins(uint32_t pid, int32_t fd)
{
	struct attach_number key = { .pid = pid, .fd = fd };
	struct attach_descriptor *known = bpf_map_lookup_elem(&descriptors, &key), fresh = {};

	if (known)
		*known = fresh;
	else
		bpf_map_update_elem(&descriptors, &key, &fresh, BPF_ANY);
}

/* How often the end of FD was read, which is about to be closed. */
static __always_inline uint32_t number_ends(uint32_t pid, int32_t fd)
{
	struct attach_number key = { .pid = pid, .fd = fd };
	struct attach_descriptor *known = bpf_map_lookup_elem(&descriptors, &key), fresh = {};
	uint32_t eof_reads;

	if (!known)
		return 0;
	eof_reads = known->eof_reads;
	*known = fresh;
	return eof_reads;
}

/* Does this thread's next call matter? It does once. */
static __always_inline bool is_expected(uint32_t thread)
{
	uint32_t *expected = bpf_map_lookup_elem(&expecting, &thread);

	if (!expected || !*expected)
		return false;
	*expected = 0;
	return true;
}

static __always_inline void expect_next(uint32_t thread)
{
	uint32_t *expected = bpf_map_lookup_elem(&expecting, &thread), one = 1;

	if (expected)
		*expected = 1;
	else
		bpf_map_update_elem(&expecting, &thread, &one, BPF_ANY);
}

/* Bytes moved on FD, in DIRECTION: is that to be handed over? The first time, and now and then. */
static __always_inline bool move_is_due(uint64_t pid_tgid, int32_t fd, uint32_t direction)
{
	struct attach_number key = { .pid = pid_tgid >> 32, .fd = fd };
	struct attach_descriptor *known = bpf_map_lookup_elem(&descriptors, &key), fresh = {};
	uint32_t zero = 0, *count;

	if (!known || !known->seen) {
		struct attach_socket socket = {};

		fresh.seen = read_socket(fd, &socket) ? direction : ATTACH_SEEN_OTHER;
		if (known)
			known->seen = fresh.seen;
		else
			bpf_map_update_elem(&descriptors, &key, &fresh, BPF_ANY);
		return fresh.seen == direction;
	}
	if (known->seen & ATTACH_SEEN_OTHER)
		return false;
	if (!(known->seen & direction)) {
		known->seen |= direction;
		return true;
	}
	if (is_expected((uint32_t)pid_tgid))
		return true;
	count = bpf_map_lookup_elem(&transfers, &zero);
	return count && ++*count % ATTACH_SAMPLE_PERIOD == 0;
}

/* The end of FD was read: is that to be handed over? A loop that spins would drown all else. */
static __always_inline bool end_is_due(struct attach_event *event)
{
	struct attach_number key = { .pid = event->pid, .fd = event->fd };
	struct attach_descriptor *known = bpf_map_lookup_elem(&descriptors, &key), fresh = {};

	if (!known) {
		fresh.eof_reads = 1;
		event->eof_reads = 1;
		bpf_map_update_elem(&descriptors, &key, &fresh, BPF_ANY);
		return true;
	}
	event->eof_reads = ++known->eof_reads;
	return (event->eof_reads & (event->eof_reads - 1)) == 0;
}

static __always_inline void poll_entered(struct attach_target *target, uint64_t pid_tgid,
					 int32_t epoll)
{
	struct attach_event *event;
	struct attach_number key = { .pid = pid_tgid >> 32, .fd = epoll };
	struct attach_poller *known = bpf_map_lookup_elem(&pollers, &key), fresh = {};

	if (is_expected((uint32_t)pid_tgid)) {
		event = begin(ATTACH_EVENT_POLLED, pid_tgid, target);
		if (event)
			send(event);
	}
	if (!known) {
		fresh.entered_ns = bpf_ktime_get_ns();
		fresh.thread = (uint32_t)pid_tgid;
		bpf_map_update_elem(&pollers, &key, &fresh, BPF_ANY);
		return;
	}
	known->entered_ns = bpf_ktime_get_ns();
	known->thread = (uint32_t)pid_tgid;
}

/* As programs have them: packed. */
#define EPOLL_EVENT_SIZE 12u

/* Only so many events of one call are examined. */
#define REPORTED_MAX 64u

/* All that the COUNT events at EVENTS report. */
static __always_inline uint32_t reported_in(const void *events, uint64_t count)
{
	uint32_t zero = 0, reported = 0, i;
	uint8_t *top = bpf_map_lookup_elem(&tops, &zero);

	if (count > REPORTED_MAX)
		count = REPORTED_MAX;
	if (!top || !count || bpf_probe_read_user(top, count * EPOLL_EVENT_SIZE, events))
		return 0;
	for (i = 0; i < REPORTED_MAX && i < count; i++)
		reported |= *(uint32_t *)(top + i * EPOLL_EVENT_SIZE);
	return reported;
}

/* A wait on EPOLL has returned COUNT, an error if it is negative, with EVENTS. */
static __always_inline void poll_returned(uint64_t pid_tgid, int32_t epoll, const void *events,
					  long count)
{
	struct attach_number key = { .pid = pid_tgid >> 32, .fd = epoll };
	struct attach_poller *known = bpf_map_lookup_elem(&pollers, &key);

	if (!known)
		return;
	known->returned_ns = bpf_ktime_get_ns();
	known->reported = count > 0 ? reported_in(events, count) : 0;
}

/* What the thread's last wait on EPOLL has brought, unless another thread has waited since. */
static __always_inline uint32_t last_reported(uint64_t pid_tgid, int32_t epoll)
{
	struct attach_number key = { .pid = pid_tgid >> 32, .fd = epoll };
	struct attach_poller *known = bpf_map_lookup_elem(&pollers, &key);

	return known && known->thread == (uint32_t)pid_tgid ? known->reported : 0;
}

#endif
