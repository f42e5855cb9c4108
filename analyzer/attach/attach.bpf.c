/* SPDX-License-Identifier: MIT */
/*
 * The recorder in the kernel. It sees system calls as they begin and at their end, and hands over
 * those of attached processes that matter: a socket opened, an end read, a descriptor closed, each
 * with registers and a copy of the top of the stack. What it means is worked out in the analyzer.
 *
 * Each tracepoint costs all processes: those of the calls that matter are preferred to those of
 * all calls. Programs of type "tracing" (fentry) and kprobes don't load on every kernel. Fields are
 * read by CO-RE. Nothing in the process is stopped or written.
 */
#include "analyzer/attach/bpf_entered.h"
#include "analyzer/attach/bpf_goroutines.h"
#include "analyzer/attach/bpf_returned.h"

/* All calls: where the kernel lets a program see only these. */
SEC("raw_tracepoint/sys_enter")
int attach_any_entered(struct bpf_raw_tracepoint_args *context)
{
	return call_entered((struct pt_regs *)context->args[0], context->args[1]);
}

SEC("raw_tracepoint/sys_exit")
int attach_any_returned(struct bpf_raw_tracepoint_args *context)
{
	struct pt_regs *regs = (struct pt_regs *)context->args[0];

	return call_returned(regs, READ(regs, orig_ax), (long)context->args[1]);
}

/* What the tracepoint of one call hands to a program. */
struct one_call {
	uint64_t common;
	uint32_t number; /* a call without arguments has no more */
	uint32_t padding;
	int64_t result; /* of one that returns */
};

static __always_inline struct pt_regs *registers_of_call(void)
{
	return (struct pt_regs *)task_pt_regs_of(current_task_btf());
}

/* The calls that matter, each by its own tracepoint. */
SEC("tracepoint/syscalls/sys_enter")
int attach_entered(struct one_call *context)
{
	return call_entered(registers_of_call(), context->number);
}

SEC("tracepoint/syscalls/sys_exit")
int attach_returned(struct one_call *context)
{
	return call_returned(registers_of_call(), context->number, context->result);
}

/*
 * In the calls that move bytes, at their end: where there is this tracepoint, those that read and
 * write files and pipes cost nothing.
 */
static __always_inline int moved(struct bpf_raw_tracepoint_args *context, uint8_t direction)
{
	struct pt_regs *regs;
	uint64_t number;

	if (!target_of(bpf_get_current_pid_tgid()))
		return 0;
	regs = registers_of_call();
	number = READ(regs, orig_ax);
	if (number >= ATTACH_CALLS_MAX || calls[number] != direction)
		return 0;
	return call_returned(regs, number, (int32_t)context->args[1]);
}

SEC("raw_tracepoint/sock_recv_length")
int attach_received(struct bpf_raw_tracepoint_args *context)
{
	return moved(context, ATTACH_CALL_READ);
}

SEC("raw_tracepoint/sock_send_length")
int attach_sent(struct bpf_raw_tracepoint_args *context)
{
	return moved(context, ATTACH_CALL_WRITE);
}

SEC("raw_tracepoint/sched_process_fork")
int attach_fork(struct bpf_raw_tracepoint_args *context)
{
	struct task_struct *child = (struct task_struct *)context->args[1];
	uint64_t pid_tgid = bpf_get_current_pid_tgid();
	uint32_t pid = READ(child, tgid), thread = (uint32_t)pid_tgid;
	struct attach_target *target = target_of(pid_tgid);
	struct attach_target inherited;
	struct fork_call *call;
	struct attach_event *event;

	/* A thread. */
	if (!target || pid == pid_tgid >> 32)
		return 0;
	inherited = (struct attach_target){ .image = (uint32_t)bpf_ktime_get_ns() };
	bpf_map_update_elem(&targets, &pid, &inherited, BPF_ANY);
	inherit_python(target, pid_tgid >> 32, pid, inherited.image);
	event = begin(ATTACH_EVENT_FORKED, pid_tgid, target);
	if (!event)
		return 0;
	event->child = pid;
	event->is_urgent = true;
	call = bpf_map_lookup_elem(&forking, &thread);
	if (call) {
		event->registers = call->registers;
		event->result = call->stack != 0;
	} else {
		__builtin_memset(&event->registers, 0, sizeof(event->registers));
	}
	send_with_stack();
	return 0;
}

/* Hands over the event that is prepared, if FD is a socket. */
__noinline int sample_open(int fd)
{
	struct attach_event *event = prepared();

	if (!event)
		return 0;
	__builtin_memset(&event->socket, 0, sizeof(event->socket));
	if (!read_socket(fd, &event->socket))
		return 0;
	read_condition(&event->socket);
	event->fd = fd;
	send(event);
	return 0;
}

/* An event of KIND for each socket that the process has open. */
static __always_inline void sample_all_open(enum attach_kind kind, uint64_t pid_tgid,
					    struct attach_target *target)
{
	int fd, count = (int)descriptors_room();

	if (!begin(kind, pid_tgid, target))
		return;
	for (fd = 0; fd < ATTACH_SAMPLED_MAX && fd < count; fd++)
		sample_open(fd);
}

SEC("raw_tracepoint/sched_process_exec")
int attach_exec(struct bpf_raw_tracepoint_args *context)
{
	uint64_t pid_tgid = bpf_get_current_pid_tgid();
	struct attach_target *target = target_of(pid_tgid);
	struct attach_event *event;

	if (!target)
		return 0;
	target->image = (uint32_t)bpf_ktime_get_ns();
	/* What was closed on exec is closed by now. */
	sample_all_open(ATTACH_EVENT_KEPT, pid_tgid, target);
	event = begin(ATTACH_EVENT_EXECED, pid_tgid, target);
	if (!event)
		return 0;
	event->is_urgent = true;
	send(event);
	return 0;
}

SEC("raw_tracepoint/sched_process_exit")
int attach_exit(struct bpf_raw_tracepoint_args *context)
{
	struct task_struct *task = (struct task_struct *)context->args[0];
	uint64_t pid_tgid = bpf_get_current_pid_tgid();
	struct attach_target *target = target_of(pid_tgid);
	uint32_t pid = pid_tgid >> 32;
	struct attach_event *event;

	if (!target || BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	sample_all_open(ATTACH_EVENT_OPEN_AT_EXIT, pid_tgid, target);
	event = begin(ATTACH_EVENT_EXITED, pid_tgid, target);
	if (!event)
		return 0;
	event->is_urgent = true;
	event->result = BPF_CORE_READ(task, signal, group_exit_code);
	if (!event->result)
		event->result = READ(task, exit_code);
	bpf_map_delete_elem(&limits, &pid);
	bpf_map_delete_elem(&pythons, &pid);
	bpf_map_delete_elem(&targets, &pid);
	send(event);
	return 0;
}

/* func (t *http.Transport) queueForDial(w *wantConn), dialConnFor(w *wantConn) */
SEC("uprobe")
int attach_http_asks(struct pt_regs *context)
{
	return handed_over(context, ATTACH_EVENT_ASKED, context->bx);
}

SEC("uprobe")
int attach_http_dials(struct pt_regs *context)
{
	return handed_over(context, ATTACH_EVENT_TAKEN, context->bx);
}

/* func (sd *net.sysDialer) dialParallel(...), dialSerial(...) */
SEC("uprobe")
int attach_net_asks(struct pt_regs *context)
{
	return handed_over(context, ATTACH_EVENT_ASKED, context->ax);
}

SEC("uprobe")
int attach_net_dials(struct pt_regs *context)
{
	return handed_over(context, ATTACH_EVENT_TAKEN, context->ax);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
