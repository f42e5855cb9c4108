/* SPDX-License-Identifier: MIT */
/* Which processes are recorded, and which system calls matter. */
#ifndef FINLEAK_BPF_TARGETS_H
#define FINLEAK_BPF_TARGETS_H

#include "analyzer/attach/bpf_base.h"

/* Set before it is loaded: what each system call number stands for. */
const volatile uint8_t calls[ATTACH_CALLS_MAX];

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ATTACH_TARGETS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, uint32_t);
	__type(value, struct attach_target);
} targets SEC(".maps");

static __always_inline struct attach_target *target_of(uint64_t pid_tgid)
{
	uint32_t pid = pid_tgid >> 32;

	return bpf_map_lookup_elem(&targets, &pid);
}

static __always_inline bool is_urgent(struct attach_target *target)
{
	return target->events < ATTACH_EVENTS_URGENT && ++target->events;
}

#endif
