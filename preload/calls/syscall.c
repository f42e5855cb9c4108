/* SPDX-License-Identifier: MIT */
/*
 * syscall(): system calls by number, noted as the calls they stand for. Numbers that are not ours
 * are forwarded bit for bit. libuv closes its sockets this way.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include "preload/calls/own_signal.h"
#include "preload/unwind/backtrace.h"
#include "preload/events/events.h"
#include "preload/events/passed.h"
#include "preload/process/exec_target.h"
#include "preload/process/process.h"
#include "preload/process/process_exec.h"
#include "preload/platform/real_calls.h"
#include "preload/events/received.h"

/* The argument registers, as the kernel takes them. */
struct registers {
	long a, b, c, d, e, f;
};

/* What must be known from before the call when it is over. */
struct begun {
	struct duplication duplication;
	uint8_t first_ended;            /* directions, by shutdown */
	socklen_t room;                 /* for an address, with accept */
	bool confines;                  /* a seccomp filter of our own process */
	uint64_t cookie;                /* of a socket that epoll_ctl() names */
	struct recorded_poller *poller; /* who waits; NULL: nobody */
	bool by_epoll;                  /* ... and it is epoll that reports to him */
};

static void note_before(long number, const struct registers *r, struct begun *begun)
{
	struct duplication *duplication = &begun->duplication;

	duplication->under_way = false;
	begun->confines = false;
	begun->poller = NULL;
	begun->by_epoll = false;
	switch (number) {
#ifdef SYS_accept
	case SYS_accept:
#endif
	case SYS_accept4:
		begun->room = r->b ? note_accepting((const socklen_t *)r->c) : 0;
		break;
	case SYS_close:
		note_closing((int)r->a);
		break;
	case SYS_close_range:
		if (!((unsigned int)r->c & CLOSE_RANGE_CLOEXEC))
			note_closing_range((unsigned int)r->a, (unsigned int)r->b);
		break;
	case SYS_shutdown:
		begun->first_ended = note_shutdown_begins((int)r->a, (int)r->b);
		break;
	case SYS_dup:
		note_duplicating((int)r->a, -1, duplication);
		break;
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
		note_duplicating((int)r->a, (int)r->b, duplication);
		break;
	case SYS_fcntl:
		if (r->b == F_DUPFD || r->b == F_DUPFD_CLOEXEC)
			note_duplicating((int)r->a, -1, duplication);
		break;
	case SYS_epoll_ctl:
		begun->cookie = note_registering((int)r->c);
		break;
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
#ifdef SYS_epoll_pwait2
	case SYS_epoll_pwait2:
#endif
	case SYS_epoll_pwait:
		begun->poller = note_polling((int)r->a);
		begun->by_epoll = true;
		break;
#ifdef SYS_poll
	case SYS_poll:
#endif
	case SYS_ppoll:
		begun->poller = note_polling_of((unsigned long)r->b);
		break;
#ifdef SYS_select
	case SYS_select:
#endif
	case SYS_pselect6:
		begun->poller = note_selecting((int)r->a, (const void *)r->b, (const void *)r->c,
					       (const void *)r->d);
		break;
	case SYS_execve:
		process_before_exec(&(struct exec_target){ AT_FDCWD, (const char *)r->a, 0, false },
				    (char *const *)r->c);
		break;
	case SYS_execveat:
		process_before_exec(
			&(struct exec_target){ (int)r->a, (const char *)r->b, (int)r->e, false },
			(char *const *)r->d);
		break;
	case SYS_prctl:
		if (r->a == PR_SET_SECCOMP && (r->b == SECCOMP_MODE_STRICT || r->c))
			begun->confines = process_before_confinement();
		break;
	case SYS_seccomp:
		if (r->a == SECCOMP_SET_MODE_STRICT || (r->a == SECCOMP_SET_MODE_FILTER && r->c))
			begun->confines = process_before_confinement();
		break;
	case SYS_exit_group:
		process_before_exit();
		break;
	case SYS_kill:
	case SYS_tgkill:
		own_signal_before((pid_t)r->a, number == SYS_kill ? (int)r->b : (int)r->c);
		break;
	}
}

/* How much of the peer's address the program has room for, and the kernel stored. */
static socklen_t smaller_room(const struct registers *r, const struct begun *begun)
{
	socklen_t stored = begun->room ? *(socklen_t *)r->c : 0;

	return stored < begun->room ? stored : begun->room;
}

static void note_opened(long number, const struct registers *r, const struct begun *begun,
			long result)
{
	switch (number) {
	case SYS_socket:
		note_socket((int)result, (int)r->a, (int)r->b, (int)r->c, SOURCE_SOCKET);
		break;
	case SYS_socketpair:
		note_socket(((int *)r->d)[0], (int)r->a, (int)r->b, (int)r->c, SOURCE_PAIR);
		note_socket(((int *)r->d)[1], (int)r->a, (int)r->b, (int)r->c, SOURCE_PAIR);
		break;
#ifdef SYS_accept
	case SYS_accept:
#endif
	case SYS_accept4:
		note_accepted((int)r->a, (int)result, (const struct sockaddr *)r->b,
			      smaller_room(r, begun));
		break;
	case SYS_listen:
		note_listening((int)r->a);
		break;
	case SYS_getsockopt:
		if (r->b == SOL_SOCKET && r->c == SO_ERROR && *(socklen_t *)r->e >= sizeof(int))
			note_pending_error((int)r->a, *(int *)r->d);
		break;
#ifdef SYS_pidfd_getfd
	case SYS_pidfd_getfd:
		note_passed((int)result);
		break;
#endif
	case SYS_epoll_ctl:
		note_registered(begun->cookie, (int)r->a, (int)r->b, (int)r->c,
				(const struct epoll_event *)r->d);
		break;
#ifdef SYS_io_uring_setup
	case SYS_io_uring_setup:
		process_note_blind(BLIND_IO_URING);
		break;
#endif
	}
}

static void note_transferred(long number, const struct registers *r, long result)
{
	struct receiving call = { .fd = (int)r->a, .asked = 1 };

	switch (number) {
	case SYS_read:
		call.asked = (size_t)r->c;
		note_received(&call, result);
		break;
	case SYS_recvfrom:
		call.asked = (size_t)r->c;
		call.flags = (int)r->d;
		note_received(&call, result);
		break;
	case SYS_readv:
	case SYS_preadv2:
		note_received_parts((int)r->a, result, (const struct iovec *)r->b, (int)r->c);
		break;
	case SYS_recvmsg:
		note_received_message((int)r->a, result, (const struct msghdr *)r->b, (int)r->c);
		break;
	case SYS_recvmmsg:
		if (result < 0)
			note_received(&call, result);
		break;
	case SYS_splice:
		call.asked = (size_t)r->e;
		if (result < 0)
			note_transfer_failed((int)r->a, (int)r->c);
		else
			note_received(&call, result);
		break;
	case SYS_sendfile:
		call.fd = (int)r->b;
		call.asked = (size_t)r->d;
		if (result < 0)
			note_transfer_failed((int)r->b, (int)r->a);
		else
			note_received(&call, result);
		break;
	case SYS_write:
	case SYS_writev:
	case SYS_pwritev2:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
		if (result < 0)
			note_send_failed((int)r->a);
		break;
	}
}

static void note_after(long number, const struct registers *r, struct begun *begun, long result)
{
	if (begun->confines && result >= 0)
		process_confined();
	if (begun->by_epoll)
		note_reported(begun->poller, (const struct epoll_event *)r->b, (int)result);
	else
		note_polled(begun->poller);
	if (begun->duplication.under_way)
		note_duplicated(&begun->duplication, (int)result);
	if (number == SYS_shutdown)
		note_shutdown((int)r->a, (int)r->b, (int)result, begun->first_ended);
	else if (number == SYS_connect)
		note_connect((int)r->a, (const struct sockaddr *)r->b, (socklen_t)r->c, (int)result,
			     result < 0 ? errno : 0);
	else if (number == SYS_execve || number == SYS_execveat)
		process_exec_failed();
	else if (result <= 0)
		note_transferred(number, r, result);
	if (result >= 0)
		note_opened(number, r, begun, result);
	if (number == SYS_recvmsg && result >= 0 && ((struct msghdr *)r->b)->msg_controllen)
		note_passed_descriptors((struct msghdr *)r->b);
	if (number == SYS_sendmsg && result >= 0 && ((const struct msghdr *)r->b)->msg_controllen)
		note_sent_descriptors((const struct msghdr *)r->b);
	if (number == SYS_sendmmsg && result > 0)
		note_sent_messages((const struct mmsghdr *)r->b, (int)result);
	if (number == SYS_recvmmsg && result > 0)
		note_received_messages((int)r->a, (struct mmsghdr *)r->b, (int)result, (int)r->d);
}

EXPORTED long syscall(long number, ...)
{
	struct registers r;
	struct begun begun;
	va_list arguments;
	long result;

	va_start(arguments, number);
	r.a = va_arg(arguments, long);
	r.b = va_arg(arguments, long);
	r.c = va_arg(arguments, long);
	r.d = va_arg(arguments, long);
	r.e = va_arg(arguments, long);
	r.f = va_arg(arguments, long);
	va_end(arguments);

	note_before(number, &r, &begun);
	result = real.syscall(number, r.a, r.b, r.c, r.d, r.e, r.f);
	/* libunwind tries memory with these two. */
	if (result < 0 && backtrace_is_pipe((int)r.a) && number == SYS_read)
		return backtrace_read_pipe();
	if (result < 0 && backtrace_is_pipe((int)r.a) && number == SYS_write)
		return backtrace_write_pipe((const void *)r.b);
	note_after(number, &r, &begun, result);
	return result;
}
