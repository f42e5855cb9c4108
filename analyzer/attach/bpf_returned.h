/* SPDX-License-Identifier: MIT */
/* A system call has returned: a socket was opened, used or met its end. */
#ifndef FINLEAK_BPF_RETURNED_H
#define FINLEAK_BPF_RETURNED_H

#include "analyzer/attach/bpf_events.h"
#include "analyzer/attach/bpf_numbers.h"
#include "analyzer/attach/bpf_sockets.h"
#include "analyzer/attach/bpf_targets.h"

#define F_DUPFD         0
#define F_DUPFD_CLOEXEC 1030
#define SOL_SOCKET      1
#define SCM_RIGHTS      1
#define SO_ERROR        4
#define EISCONN         106
#define MSG_ERRQUEUE    0x2000
#define EPOLL_CTL_DEL   2
#define PASSED_MAX      8

static __always_inline bool is_fatal(long error)
{
	switch (-error) {
	case 32:  /* EPIPE */
	case 100: /* ENETDOWN */
	case 101: /* ENETUNREACH */
	case 102: /* ENETRESET */
	case 103: /* ECONNABORTED */
	case 104: /* ECONNRESET */
	case 110: /* ETIMEDOUT */
	case 111: /* ECONNREFUSED */
	case 112: /* EHOSTDOWN */
	case 113: /* EHOSTUNREACH */
		return true;
	}
	return false;
}

/* Does RESULT of CALL matter? Most calls move bytes, or find nothing yet. */
static __always_inline bool is_news(uint8_t call, long result)
{
	switch (call) {
	case ATTACH_CALL_READ:
	case ATTACH_CALL_WRITE:
		return result >= 0 || is_fatal(result);
	case ATTACH_CALL_NONE:
	case ATTACH_CALL_CLOSE:
	case ATTACH_CALL_CLOSE_RANGE:
	case ATTACH_CALL_EXIT:
	case ATTACH_CALL_EXEC:
	case ATTACH_CALL_FORK:
	case ATTACH_CALL_CLONE:
	case ATTACH_CALL_CLONE3:
		return false;
	case ATTACH_CALL_SENDMSG:
	case ATTACH_CALL_RECVMSG:
		return result >= 0 || is_fatal(result);
	case ATTACH_CALL_SPLICE:
	case ATTACH_CALL_SENDFILE:
		return result == 0 || is_fatal(result);
	case ATTACH_CALL_RECVMMSG:
		return result > 0 || is_fatal(result);
	case ATTACH_CALL_CONNECT:
	case ATTACH_CALL_SHUTDOWN:
	case ATTACH_CALL_POLL:
		return true;
	}
	return result >= 0;
}

/* Is the stack of a call that returned RESULT of no use? Nothing was opened, and nothing ended. */
static __always_inline bool is_plain_success(uint8_t call, long result)
{
	return (call == ATTACH_CALL_CONNECT && (result == 0 || result == -EISCONN)) ||
	       (call == ATTACH_CALL_SOCKOPT && result == 0);
}

/* How many bytes the last of COUNT messages, received into MESSAGES, has. */
static __always_inline long last_length(const struct user_mmsghdr *messages, long count)
{
	uint32_t length = 1;

	bpf_probe_read_user(&length, sizeof(length), &messages[count - 1].msg_len);
	return length;
}

struct control_head {
	uint64_t length;
	int32_t level, type;
};

/* A message with descriptors: an event for each that is a socket. */
static __always_inline void pass(struct attach_event *event, struct user_msghdr *message,
				 enum attach_kind kind)
{
	void *control = NULL;
	uint64_t length = 0;
	struct control_head head;
	int i;

	bpf_probe_read_user(&control, sizeof(control), (char *)message + 32);
	bpf_probe_read_user(&length, sizeof(length), (char *)message + 40);
	if (!control || length < sizeof(head) + sizeof(int32_t) ||
	    bpf_probe_read_user(&head, sizeof(head), control) || head.level != SOL_SOCKET ||
	    head.type != SCM_RIGHTS)
		return;
	for (i = 0; i < PASSED_MAX; i++) {
		int32_t fd;

		if (sizeof(head) + (i + 1) * sizeof(fd) > head.length ||
		    bpf_probe_read_user(&fd, sizeof(fd),
					(char *)control + sizeof(head) + i * sizeof(fd)))
			return;
		__builtin_memset(&event->socket, 0, sizeof(event->socket));
		if (!read_socket(fd, &event->socket))
			continue;
		event->kind = kind;
		event->fd = fd;
		send_with_stack();
	}
}

/* Call NUMBER, which was made with REGS, has returned RESULT. */
static __always_inline int call_returned(struct pt_regs *regs, uint64_t number, long result)
{
	uint64_t pid_tgid;
	struct attach_target *target;
	struct attach_event *event;
	const struct pt_regs *registers;
	struct pt_regs room;
	bool begins = false, ends, moved = false;
	uint32_t direction;
	uint8_t call;

	if (number >= ATTACH_CALLS_MAX)
		return 0;
	call = calls[number];
	if (!is_news(call, result))
		return 0;
	pid_tgid = bpf_get_current_pid_tgid();
	target = target_of(pid_tgid);
	if (!target)
		return 0;
	if (call == ATTACH_CALL_POLL) {
		poll_returned(pid_tgid, READ(regs, di), (const void *)READ(regs, si), result);
		return 0;
	}
	if (call == ATTACH_CALL_RECVMMSG) {
		if (READ(regs, r10) & MSG_ERRQUEUE)
			return 0;
		if (result > 0)
			result = last_length((struct user_mmsghdr *)READ(regs, si), result);
		call = ATTACH_CALL_READ;
	}
	direction = call == ATTACH_CALL_READ || call == ATTACH_CALL_RECVMSG    ? ATTACH_SEEN_READ
		    : call == ATTACH_CALL_WRITE || call == ATTACH_CALL_SENDMSG ? ATTACH_SEEN_WRITE
									       : 0;
	ends = direction || call == ATTACH_CALL_SPLICE || call == ATTACH_CALL_SENDFILE;
	if (direction && result > 0)
		moved = move_is_due(pid_tgid, (int32_t)READ(regs, di), direction);
	/* A message may bring descriptors. */
	if (direction && result > 0 && !moved && call != ATTACH_CALL_RECVMSG &&
	    call != ATTACH_CALL_SENDMSG)
		return 0;
	event = begin(ATTACH_EVENT_CALL, pid_tgid, target);
	if (!event)
		return 0;
	event->call = call;
	event->result = result;
	event->is_urgent = is_urgent(target);
	if (call == ATTACH_CALL_RING) {
		send(event);
		return 0;
	}
	registers = readable(regs, &room);
	take_arguments(event, registers);
	take_registers(&event->registers, registers);
	switch (call) {
	case ATTACH_CALL_SOCKET:
	case ATTACH_CALL_ACCEPT:
	case ATTACH_CALL_DUP:
	case ATTACH_CALL_DUP_ON:
		begins = true;
		event->fd = (int32_t)result;
		break;
	case ATTACH_CALL_FCNTL:
		if (event->args[1] != F_DUPFD && event->args[1] != F_DUPFD_CLOEXEC)
			return 0;
		begins = true;
		event->fd = (int32_t)result;
		break;
	case ATTACH_CALL_SENDFILE:
		event->fd = result == 0 ? (int32_t)event->args[1] : (int32_t)event->args[0];
		break;
	case ATTACH_CALL_SPLICE:
		event->fd = result == -32 ? (int32_t)event->args[2] : (int32_t)event->args[0];
		break;
	case ATTACH_CALL_EPOLL_CTL:
		event->fd = (int32_t)event->args[2];
		if (event->args[1] == EPOLL_CTL_DEL)
			event->interest = last_reported(pid_tgid, (int32_t)event->args[0]);
		else
			bpf_probe_read_user(&event->interest, sizeof(event->interest),
					    (void *)event->args[3]);
		break;
	case ATTACH_CALL_SOCKOPT:
		if (event->args[1] != SOL_SOCKET || event->args[2] != SO_ERROR ||
		    bpf_probe_read_user(&event->result, sizeof(int32_t), (void *)event->args[3]))
			return 0;
		event->fd = (int32_t)event->args[0];
		break;
	default:
		event->fd = (int32_t)event->args[0];
		break;
	}
	if (call == ATTACH_CALL_RECVMSG || call == ATTACH_CALL_SENDMSG) {
		if (result >= 0)
			pass(event, (struct user_msghdr *)event->args[1],
			     call == ATTACH_CALL_RECVMSG ? ATTACH_EVENT_PASSED : ATTACH_EVENT_SENT);
		event->kind = ATTACH_EVENT_CALL;
		event->fd = (int32_t)event->args[0];
		__builtin_memset(&event->socket, 0, sizeof(event->socket));
	}
	if (direction && result > 0 && !moved)
		return 0;
	if (direction && result > 0)
		event->kind = ATTACH_EVENT_MOVED;
	else if (direction == ATTACH_SEEN_WRITE && result == 0)
		return 0;
	if (!read_socket(event->fd, &event->socket))
		return 0;
	if (begins)
		number_begins(event->pid, event->fd);
	if (result == 0 && ends && !end_is_due(event))
		return 0;
	if (ends && event->kind == ATTACH_EVENT_CALL && event->eof_reads <= 1)
		expect_next(event->thread);
	if (is_plain_success(call, event->result))
		send(event);
	else
		send_with_stack();
	return 0;
}

#endif
