/* SPDX-License-Identifier: MIT */
/* An event: prepared, filled in, handed over with the top of the stack. */
#ifndef FINLEAK_BPF_EVENTS_H
#define FINLEAK_BPF_EVENTS_H

#include "analyzer/attach/bpf_base.h"
#include "analyzer/attach/bpf_python.h"
#include "analyzer/attach/bpf_scratch.h"
#include "analyzer/attach/bpf_targets.h"

/* An event whose stack is known, or that has none, ends here. */
#define EVENT_WITHOUT_STACK __builtin_offsetof(struct attach_event, registers)

/* Behind so many bytes that are not there, nothing more of a stack is read. */
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

/* How many bytes of its stacks are copied, by process; else all that an event has room for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ATTACH_TARGETS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, uint32_t);
	__type(value, uint32_t);
} limits SEC(".maps");

static __always_inline void count_lost(void)
{
	uint32_t zero = 0;
	struct attach_lost *count = bpf_map_lookup_elem(&lost, &zero);

	if (count)
		count->events++;
}

/* What REGS holds: there, or in ROOM, where one call reads all. */
static __always_inline const struct pt_regs *readable(struct pt_regs *regs, struct pt_regs *room)
{
	if (bpf_rdonly_cast)
		return CAST(regs);
	bpf_probe_read_kernel(room, sizeof(*room), regs);
	return room;
}

static __always_inline void take_registers(struct attach_registers *out, const struct pt_regs *regs)
{
	out->pc = regs->ip;
	out->sp = regs->sp;
	out->fp = regs->bp;
	out->rbx = regs->bx;
	out->r12 = regs->r12;
	out->r13 = regs->r13;
	out->r14 = regs->r14;
	out->r15 = regs->r15;
}

static __always_inline void take_arguments(struct attach_event *event, const struct pt_regs *regs)
{
	event->args[0] = regs->di;
	event->args[1] = regs->si;
	event->args[2] = regs->dx;
	event->args[3] = regs->r10;
	event->goroutine = regs->r14;
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

static __always_inline struct attach_event *begin_in(uint32_t slot, enum attach_kind kind,
						     uint64_t pid_tgid,
						     struct attach_target *target)
{
	struct attach_event *event = prepared_in(slot);

	if (!event)
		return NULL;
	__builtin_memset(event, 0, EVENT_WITHOUT_STACK);
	event->kind = kind;
	event->pid = pid_tgid >> 32;
	event->thread = (uint32_t)pid_tgid;
	event->image = target->image;
	event->scripts = runs_python(target, event->pid);
	event->ns = bpf_ktime_get_ns();
	event->fd = -1;
	return event;
}

static __always_inline struct attach_event *begin(enum attach_kind kind, uint64_t pid_tgid,
						  struct attach_target *target)
{
	return begin_in(SLOT_TRACEPOINTS, kind, pid_tgid, target);
}

/* The top of a stack, read at once. */
struct stack_top {
	uint64_t first;
	uint8_t more[1016];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, uint32_t);
	__type(value, struct stack_top);
} tops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ATTACH_KNOWN_MAX);
	__type(key, struct attach_stack_key);
	__type(value, struct attach_known_stack);
} known_stacks SEC(".maps");

enum found_stack {
	FOUND_NONE,
	FOUND_OTHER,
	FOUND_SAME,
};

/*
 * Is the stack of the event that is prepared in SLOT, whose top has been read, the known one at
 * WAY? Its number is noted then.
 */
__noinline int compare_known(uint32_t slot, uint32_t way)
{
	struct attach_event *event = prepared_in(slot);
	struct attach_known_stack *known;
	struct attach_stack_key key = {};
	struct stack_top *top;
	uint64_t sp, word;
	uint32_t i;

	top = bpf_map_lookup_elem(&tops, &slot);
	if (!event || !top)
		return FOUND_NONE;
	sp = event->registers.sp;
	key.pid = event->pid;
	key.image = event->image;
	key.pc = event->registers.pc;
	key.top = top->first;
	key.offset = sp & (PAGE - 1);
	key.way = way;
	key.scripts = event->scripts;
	known = bpf_map_lookup_elem(&known_stacks, &key);
	if (!known)
		return FOUND_NONE;
	for (i = 0; i < ATTACH_WORDS_MAX && i < known->count; i++) {
		uint32_t place = known->place[i];

		if (place <= sizeof(*top) - sizeof(word))
			word = *(uint64_t *)((uint8_t *)top + place);
		else if (bpf_probe_read_user(&word, sizeof(word), (void *)(sp + place)))
			return FOUND_OTHER;
		if (word != known->word[i])
			return FOUND_OTHER;
	}
	event->known = known->number;
	return FOUND_SAME;
}

/* Notes the number of the stack of EVENT, which is prepared in SLOT, if it is known. */
static __always_inline void recognize(struct attach_event *event, uint32_t slot)
{
	struct stack_top *top = bpf_map_lookup_elem(&tops, &slot);
	uint32_t way;

	if (!top || bpf_probe_read_user(top, sizeof(*top), (void *)event->registers.sp))
		return;
	for (way = 0; way < ATTACH_WAYS_MAX; way++)
		if (compare_known(slot, way) != FOUND_OTHER)
			return;
}

static __always_inline uint64_t wakeup_for(const struct attach_event *event)
{
	return event->is_urgent ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* Hands over EVENT, whose stack is known, or which has none. */
static __always_inline void send(struct attach_event *event)
{
	if (!is_taken(event) &&
	    bpf_ringbuf_output(&events, event, EVENT_WITHOUT_STACK, wakeup_for(event)))
		count_lost();
}

/* Hands over what read_scripts() has read, ahead of EVENT, which is prepared in SLOT. */
static __always_inline bool send_scripts(const struct attach_event *event, uint32_t slot)
{
	struct python_scratch *scratch = bpf_map_lookup_elem(&python_scratches, &slot);

	if (!scratch)
		return false;
	scratch->scripts.kind = ATTACH_EVENT_SCRIPTS;
	scratch->scripts.pid = event->pid;
	scratch->scripts.thread = event->thread;
	scratch->scripts.image = event->image;
	scratch->scripts.hash = event->scripts;
	return bpf_ringbuf_output(&events, &scratch->scripts, sizeof(scratch->scripts),
				  BPF_RB_NO_WAKEUP) == 0;
}

/* Hands over EVENT with SIZE bytes of the stack, in a room of ROOM, a constant. */
static __always_inline void send_copy(const struct attach_event *event, uint64_t size,
				      uint64_t room)
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
	if (is_taken(sent)) {
		bpf_ringbuf_discard(sent, 0);
		return;
	}
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
	bpf_ringbuf_submit(sent, wakeup_for(event));
}

/* Hands over the event that is prepared in SLOT with its stack: its number, or a copy. */
__noinline int send_with_stack_in(uint32_t slot)
{
	struct attach_event *event = prepared_in(slot);
	uint32_t *limit;
	uint64_t size;

	if (!event)
		return 0;
	if (event->scripts)
		read_scripts(slot);
	recognize(event, slot);
	if (event->known) {
		send(event);
		return 0;
	}
	if (event->scripts && !send_scripts(event, slot))
		event->scripts = 0;
	limit = bpf_map_lookup_elem(&limits, &event->pid);
	size = limit && *limit < ATTACH_STACK_LARGE ? *limit : ATTACH_STACK_LARGE;
	size = stack_from(event->registers.sp, size);
	if (size <= ATTACH_STACK_LEAST)
		send_copy(event, size, ATTACH_STACK_LEAST);
	else if (size <= ATTACH_STACK_SMALL)
		send_copy(event, size, ATTACH_STACK_SMALL);
	else if (size <= ATTACH_STACK_MIDDLE)
		send_copy(event, size, ATTACH_STACK_MIDDLE);
	else if (size <= ATTACH_STACK_MEDIUM)
		send_copy(event, size, ATTACH_STACK_MEDIUM);
	else
		send_copy(event, size, ATTACH_STACK_LARGE);
	return 0;
}

static __always_inline void send_with_stack(void)
{
	send_with_stack_in(SLOT_TRACEPOINTS);
}

#endif
