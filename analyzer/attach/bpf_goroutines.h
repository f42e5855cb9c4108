/* SPDX-License-Identifier: MIT */
/* A goroutine has another one open a connection: whose it is shows in the stack of the former. */
#ifndef FINLEAK_BPF_GOROUTINES_H
#define FINLEAK_BPF_GOROUTINES_H

#include "analyzer/attach/bpf_events.h"
#include "analyzer/attach/bpf_targets.h"

/*
 * At the entry of a function of Go's, with the registers of CONTEXT: r14 is the goroutine. The
 * stack is that of the caller, whose frame is complete.
 */
static __always_inline int handed_over(struct pt_regs *context, enum attach_kind kind,
				       uint64_t object)
{
	uint64_t pid_tgid = bpf_get_current_pid_tgid(), back = 0;
	struct attach_target *target = target_of(pid_tgid);
	struct attach_event *event;

	if (!target)
		return 0;
	event = begin_in(SLOT_BREAKPOINTS, kind, pid_tgid, target);
	if (!event)
		return 0;
	bpf_probe_read_user(&back, sizeof(back), (void *)context->sp);
	event->args[0] = object;
	event->args[1] = back;
	event->goroutine = context->r14;
	if (kind == ATTACH_EVENT_TAKEN) {
		send(event);
		return 0;
	}
	take_registers(&event->registers, context);
	event->registers.pc = back;
	event->registers.sp = context->sp + sizeof(back);
	send_with_stack_in(SLOT_BREAKPOINTS);
	return 0;
}

#endif
