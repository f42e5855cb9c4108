/* SPDX-License-Identifier: MIT */
/* The event that is prepared: there is no room for it on the stack of a BPF program. */
#ifndef FINLEAK_BPF_SCRATCH_H
#define FINLEAK_BPF_SCRATCH_H

#include "analyzer/attach/bpf_base.h"

/* Only one program runs on a processor at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct attach_event);
} scratch SEC(".maps");

static __always_inline struct attach_event *prepared(void)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

#endif
