/* SPDX-License-Identifier: MIT */
/* The event that is prepared: there is no room for it on the stack of a BPF program. */
#ifndef FINLEAK_BPF_SCRATCH_H
#define FINLEAK_BPF_SCRATCH_H

#include "analyzer/attach/bpf_base.h"

/*
 * A program at a tracepoint runs to its end before another one runs on its processor. One at a
 * breakpoint can be interrupted by either kind (from Linux 6.0 on): it has a slot of its own, and
 * hands over nothing where another breakpoint's event has taken that (is_taken()).
 */
enum scratch_slot {
	SLOT_TRACEPOINTS,
	SLOT_BREAKPOINTS,
	SCRATCH_SLOTS,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, uint32_t);
	__type(value, struct attach_event);
} scratch SEC(".maps");

static __always_inline struct attach_event *prepared_in(uint32_t slot)
{
	return bpf_map_lookup_elem(&scratch, &slot);
}

static __always_inline struct attach_event *prepared(void)
{
	return prepared_in(SLOT_TRACEPOINTS);
}

/* Is EVENT, which was prepared by the current thread, another thread's by now? */
static __always_inline bool is_taken(const struct attach_event *event)
{
	return event->thread != (uint32_t)bpf_get_current_pid_tgid();
}

#endif
