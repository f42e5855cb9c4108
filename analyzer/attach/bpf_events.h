/* SPDX-License-Identifier: MIT */
/* An event: prepared, filled in, handed over with the top of the stack. */
#ifndef FINLEAK_BPF_EVENTS_H
#define FINLEAK_BPF_EVENTS_H

#include "analyzer/attach/bpf_base.h"

/* Behind so many bytes that are not there, nothing more of a stack is looked for. */
#define HOLE_MAX (8 * PAGE)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024 * 1024); /* a sample of the kernel's tables takes a while */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct attach_lost);
} lost SEC(".maps");

static __always_inline void count_lost(void)
{
	uint32_t zero = 0;
	struct attach_lost *count = bpf_map_lookup_elem(&lost, &zero);

	if (count)
		count->events++;
}

/* At once: each read of the kernel's memory is a call. */
static __always_inline void read_registers(struct attach_registers *registers, struct pt_regs *regs)
{
	struct pt_regs now;

	bpf_probe_read_kernel(&now, sizeof(now), regs);
	registers->pc = now.ip;
	registers->sp = now.sp;
	registers->fp = now.bp;
	registers->rbx = now.bx;
	registers->r12 = now.r12;
	registers->r13 = now.r13;
	registers->r14 = now.r14;
	registers->r15 = now.r15;
}

/*
 * How far the stack from SP on reaches, up to LIMIT bytes: pages that nobody has touched yet are
 * holes in it, behind too many of them is nothing more.
 */
static __always_inline uint64_t stack_from(uint64_t sp, uint64_t limit)
{
	uint64_t at = PAGE - (sp & (PAGE - 1)), size = at, failed;
	uint8_t byte;
	int i;

	for (i = 0; i < ATTACH_STACK_LARGE / PAGE; i++) {
		if (at >= limit || at > size + HOLE_MAX)
			break;
		/* All ones, or 0. Without a branch: the verifier would try each way through all. */
		failed = bpf_probe_read_user(&byte, 1, (void *)(sp + at)) >> 63;
		barrier_var(failed);
		size = (size & failed) | ((at + PAGE) & ~failed);
		at += PAGE;
	}
	return size < limit ? size : limit;
}

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

static __always_inline struct attach_event *begin(enum attach_kind kind, uint64_t pid_tgid)
{
	struct attach_event *event = prepared();

	if (!event)
		return NULL;
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->pid = pid_tgid >> 32;
	event->thread = (uint32_t)pid_tgid;
	event->ns = bpf_ktime_get_ns();
	event->fd = -1;
	return event;
}

/* Hands over EVENT with SIZE bytes of the stack, in a room of ROOM, a constant. */
static __always_inline void send(const struct attach_event *event, uint64_t size, uint64_t room)
{
	const uint64_t piece_max = room < PAGE ? room : PAGE;
	/* A piece may begin anywhere in the room: the verifier wants room for one behind it. */
	struct attach_event *sent =
		bpf_ringbuf_reserve(&events, sizeof(*sent) + room + piece_max, 0);
	uint64_t sp = event->registers.sp, at = 0, piece = PAGE - (sp & (PAGE - 1)), i;

	if (!sent) {
		count_lost();
		return;
	}
	__builtin_memcpy(sent, event, sizeof(*event));
	sent->stack_size = size;
	/* Page by page: a read that crosses into one that is not there would fail whole. */
	for (i = 0; piece_max && i <= room / piece_max && at < size && at <= room; i++) {
		if (piece > size - at)
			piece = size - at;
		barrier_var(piece);
		if (piece > piece_max)
			piece = piece_max;
		bpf_probe_read_user(sent->stack + at, piece, (void *)(sp + at));
		at += piece;
		piece = piece_max;
	}
	bpf_ringbuf_submit(sent, event->is_urgent || bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
							     ATTACH_WAITING_MAX
					 ? BPF_RB_FORCE_WAKEUP
					 : BPF_RB_NO_WAKEUP);
}

/* Hands over the event that is prepared, with up to LIMIT bytes of its stack. */
__noinline int send_with_stack(uint64_t limit)
{
	struct attach_event *event = prepared();
	uint64_t size;

	if (!event)
		return 0;
	if (limit > ATTACH_STACK_LARGE)
		limit = ATTACH_STACK_LARGE;
	size = stack_from(event->registers.sp, limit);
	if (size <= ATTACH_STACK_LEAST)
		send(event, size, ATTACH_STACK_LEAST);
	else if (size <= ATTACH_STACK_SMALL)
		send(event, size, ATTACH_STACK_SMALL);
	else if (size <= ATTACH_STACK_MEDIUM)
		send(event, size, ATTACH_STACK_MEDIUM);
	else
		send(event, size, ATTACH_STACK_LARGE);
	return 0;
}

#endif
