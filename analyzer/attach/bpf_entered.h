/* SPDX-License-Identifier: MIT */
/* A system call is about to begin that takes away what is to be seen: a descriptor, or a process.
 */
#ifndef FINLEAK_BPF_ENTERED_H
#define FINLEAK_BPF_ENTERED_H

#include "analyzer/attach/bpf_events.h"
#include "analyzer/attach/bpf_numbers.h"
#include "analyzer/attach/bpf_sockets.h"
#include "analyzer/attach/bpf_targets.h"

/* A thread that is in fork(): the tracepoint of it has no registers. */
struct fork_call {
	struct attach_registers registers;
	uint64_t stack; /* that the child is to run on; 0: that of the caller */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, uint32_t);
	__type(value, struct fork_call);
} forking SEC(".maps");

static __always_inline bool forks(uint8_t call)
{
	return call == ATTACH_CALL_FORK || call == ATTACH_CALL_CLONE || call == ATTACH_CALL_CLONE3;
}

static __always_inline void note_fork(uint32_t thread, uint8_t call,
				      const struct pt_regs *registers)
{
	struct fork_call fork = { .stack = 0 };

	take_registers(&fork.registers, registers);
	if (call == ATTACH_CALL_CLONE)
		fork.stack = registers->si;
	else if (call == ATTACH_CALL_CLONE3)
		bpf_probe_read_user(&fork.stack, sizeof(fork.stack),
				    &((struct user_clone_args *)registers->di)->stack);
	bpf_map_update_elem(&forking, &thread, &fork, BPF_ANY);
}

/* Call NUMBER is made with REGS. */
static __always_inline int call_entered(struct pt_regs *regs, uint64_t number)
{
	uint64_t pid_tgid;
	struct attach_target *target;
	struct attach_event *event;
	const struct pt_regs *registers;
	struct pt_regs room;
	uint8_t call;

	if (number >= ATTACH_CALLS_MAX)
		return 0;
	call = calls[number];
	if (call != ATTACH_CALL_CLOSE && call != ATTACH_CALL_CLOSE_RANGE &&
	    call != ATTACH_CALL_DUP_ON && call != ATTACH_CALL_SHUTDOWN && !forks(call) &&
	    call != ATTACH_CALL_EXIT && call != ATTACH_CALL_EXEC && call != ATTACH_CALL_POLL)
		return 0;
	pid_tgid = bpf_get_current_pid_tgid();
	target = target_of(pid_tgid);
	if (!target)
		return 0;
	if (call == ATTACH_CALL_POLL) {
		poll_entered(target, pid_tgid, READ(regs, di));
		return 0;
	}
	registers = readable(regs, &room);
	if (forks(call)) {
		note_fork((uint32_t)pid_tgid, call, registers);
		return 0;
	}
	event = begin(ATTACH_EVENT_CLOSING, pid_tgid, target);
	if (!event)
		return 0;
	event->call = call;
	event->is_urgent = is_urgent(target);
	take_arguments(event, registers);
	take_registers(&event->registers, registers);
	switch (call) {
	case ATTACH_CALL_CLOSE:
		event->fd = (int32_t)event->args[0];
		break;
	case ATTACH_CALL_DUP_ON:
		if ((int32_t)event->args[0] == (int32_t)event->args[1] ||
		    !file_of((int32_t)event->args[0]))
			return 0;
		event->fd = (int32_t)event->args[1];
		break;
	case ATTACH_CALL_SHUTDOWN:
		event->kind = ATTACH_EVENT_SHUTTING;
		event->fd = (int32_t)event->args[0];
		break;
	case ATTACH_CALL_CLOSE_RANGE:
		event->kind = ATTACH_EVENT_CLOSING_RANGE;
		break;
	case ATTACH_CALL_EXIT:
		event->kind = ATTACH_EVENT_EXITING;
		break;
	case ATTACH_CALL_EXEC:
		event->kind = ATTACH_EVENT_EXECING;
		break;
	}
	if (event->kind == ATTACH_EVENT_CLOSING)
		event->eof_reads = number_ends(event->pid, event->fd);
	if (event->fd >= 0 && !read_socket(event->fd, &event->socket))
		return 0;
	if (event->kind == ATTACH_EVENT_CLOSING && !event->eof_reads)
		read_condition(&event->socket);
	if (event->kind == ATTACH_EVENT_SHUTTING)
		send(event);
	else
		send_with_stack();
	return 0;
}

#endif
