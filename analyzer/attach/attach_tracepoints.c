/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_tracepoints.h"

#include <attach.skel.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"

#define ENTERED  1u /* it matters when the call begins */
#define RETURNED 2u /* ... when it returns */
#define MOVES    4u /* RETURNED, where sockets' bytes have no tracepoint of their own */
#define NEWER    8u /* than the oldest kernel that will do, or left out of some */

/* The system calls that may matter. */
static const struct {
	const char *name; /* of its tracepoints */
	uint16_t number;
	uint8_t call, when;
} calls[] = {
	{ "socket", SYS_socket, ATTACH_CALL_SOCKET, RETURNED },
#ifdef SYS_accept
	{ "accept", SYS_accept, ATTACH_CALL_ACCEPT, RETURNED },
#endif
	{ "accept4", SYS_accept4, ATTACH_CALL_ACCEPT, RETURNED },
	{ "listen", SYS_listen, ATTACH_CALL_LISTEN, RETURNED },
	{ "connect", SYS_connect, ATTACH_CALL_CONNECT, RETURNED },
	{ "read", SYS_read, ATTACH_CALL_READ, MOVES },
	{ "readv", SYS_readv, ATTACH_CALL_READ, MOVES },
	{ "preadv2", SYS_preadv2, ATTACH_CALL_READ, MOVES },
	{ "recvfrom", SYS_recvfrom, ATTACH_CALL_READ, MOVES },
	{ "recvmsg", SYS_recvmsg, ATTACH_CALL_RECVMSG, RETURNED },
	{ "recvmmsg", SYS_recvmmsg, ATTACH_CALL_RECVMMSG, RETURNED },
	{ "write", SYS_write, ATTACH_CALL_WRITE, MOVES },
	{ "writev", SYS_writev, ATTACH_CALL_WRITE, MOVES },
	{ "pwritev2", SYS_pwritev2, ATTACH_CALL_WRITE, MOVES },
	{ "sendto", SYS_sendto, ATTACH_CALL_WRITE, MOVES },
	{ "sendmmsg", SYS_sendmmsg, ATTACH_CALL_WRITE, MOVES },
	{ "sendmsg", SYS_sendmsg, ATTACH_CALL_SENDMSG, RETURNED },
	{ "splice", SYS_splice, ATTACH_CALL_SPLICE, RETURNED },
	{ "sendfile64", SYS_sendfile, ATTACH_CALL_SENDFILE, RETURNED },
	{ "shutdown", SYS_shutdown, ATTACH_CALL_SHUTDOWN, ENTERED | RETURNED },
	{ "close", SYS_close, ATTACH_CALL_CLOSE, ENTERED },
	{ "close_range", SYS_close_range, ATTACH_CALL_CLOSE_RANGE, ENTERED | NEWER },
	{ "dup", SYS_dup, ATTACH_CALL_DUP, RETURNED },
#ifdef SYS_dup2
	{ "dup2", SYS_dup2, ATTACH_CALL_DUP_ON, ENTERED | RETURNED },
#endif
	{ "dup3", SYS_dup3, ATTACH_CALL_DUP_ON, ENTERED | RETURNED },
	{ "fcntl", SYS_fcntl, ATTACH_CALL_FCNTL, RETURNED },
	{ "execve", SYS_execve, ATTACH_CALL_EXEC, ENTERED },
	{ "execveat", SYS_execveat, ATTACH_CALL_EXEC, ENTERED },
#ifdef SYS_fork
	{ "fork", SYS_fork, ATTACH_CALL_FORK, ENTERED },
	{ "vfork", SYS_vfork, ATTACH_CALL_FORK, ENTERED },
#endif
	{ "clone", SYS_clone, ATTACH_CALL_CLONE, ENTERED },
	{ "clone3", SYS_clone3, ATTACH_CALL_CLONE3, ENTERED },
	{ "exit_group", SYS_exit_group, ATTACH_CALL_EXIT, ENTERED },
	{ "getsockopt", SYS_getsockopt, ATTACH_CALL_SOCKOPT, RETURNED },
	{ "epoll_ctl", SYS_epoll_ctl, ATTACH_CALL_EPOLL_CTL, RETURNED | NEWER },
#ifdef SYS_epoll_wait
	{ "epoll_wait", SYS_epoll_wait, ATTACH_CALL_POLL, ENTERED | RETURNED | NEWER },
#endif
	{ "epoll_pwait", SYS_epoll_pwait, ATTACH_CALL_POLL, ENTERED | RETURNED | NEWER },
	{ "epoll_pwait2", 441, ATTACH_CALL_POLL, ENTERED | RETURNED | NEWER },
	{ "io_uring_setup", SYS_io_uring_setup, ATTACH_CALL_RING, RETURNED | NEWER },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* The programs that not every scope needs, and those that do. */
static const struct {
	const char *program;
	unsigned int scopes;
} needs[] = {
	{ "attach_any_entered", 1u << ATTACH_SCOPE_ALL },
	{ "attach_any_returned", 1u << ATTACH_SCOPE_ALL },
	{ "attach_entered", 1u << ATTACH_SCOPE_CALLS | 1u << ATTACH_SCOPE_SOCKETS },
	{ "attach_returned", 1u << ATTACH_SCOPE_CALLS | 1u << ATTACH_SCOPE_SOCKETS },
	{ "attach_received", 1u << ATTACH_SCOPE_SOCKETS },
	{ "attach_sent", 1u << ATTACH_SCOPE_SOCKETS },
};

#define PROGRAMS_MAX 16

struct attach_tracepoints {
	struct bpf_link *links[2 * CALLS + PROGRAMS_MAX];
	size_t count;
};

void attach_tracepoints_calls(uint8_t set[ATTACH_CALLS_MAX])
{
	size_t i;

	for (i = 0; i < CALLS; i++)
		set[calls[i].number] = calls[i].call;
}

static bool is_needed(const struct bpf_program *program, enum attach_scope scope)
{
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(needs[i].program, bpf_program__name(program)) == 0)
			return needs[i].scopes & 1u << scope;
	return true;
}

void attach_tracepoints_choose(const struct attach_bpf *bpf, enum attach_scope scope)
{
	int i;

	for (i = 0; i < bpf->skeleton->prog_cnt; i++) {
		struct bpf_program *program = *bpf->skeleton->progs[i].prog;

		bpf_program__set_autoload(program, is_needed(program, scope));
	}
}

/*
 * The folder of the kernel's tracepoints, or -1. It need not be mounted: then it is mounted where
 * nobody else sees it.
 */
static int open_tracefs(void)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open("/sys/kernel/tracing/events/syscalls", flags), context, mounted;

	if (fd < 0)
		fd = open("/sys/kernel/debug/tracing/events/syscalls", flags);
#ifdef SYS_fsopen
	if (fd >= 0)
		return fd;
	context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	mounted = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	if (mounted < 0)
		return -1;
	fd = openat(mounted, "events/syscalls", flags);
	close(mounted);
#endif
	return fd;
}

/* The number of tracepoint PREFIX NAME; -1 with errno. */
static int tracepoint_number(int tracefs, const char *prefix, const char *name)
{
	char path[64], text[16];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s%s/id", prefix, name);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	return atoi(text);
}

static bool keep(struct attach_tracepoints *tracepoints, struct bpf_link *link)
{
	if (!link || libbpf_get_error(link))
		return false;
	tracepoints->links[tracepoints->count++] = link;
	return true;
}

/* Runs PROGRAM at the tracepoint of a call, in all processes. */
static bool attach_one(struct attach_tracepoints *tracepoints, const struct bpf_program *program,
		       int number)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attributes),
		.config = (uint64_t)number,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return false;
	if (keep(tracepoints, bpf_program__attach_perf_event(program, fd)))
		return true;
	close(fd);
	return false;
}

static bool attach_calls(struct attach_tracepoints *tracepoints, const struct bpf_program *program,
			 int tracefs, const char *prefix, unsigned int when)
{
	size_t i;

	for (i = 0; i < CALLS; i++) {
		int number;

		if (!(calls[i].when & when))
			continue;
		number = tracepoint_number(tracefs, prefix, calls[i].name);
		if (number < 0 && calls[i].when & NEWER)
			continue;
		if (number < 0 || !attach_one(tracepoints, program, number))
			return false;
	}
	return true;
}

static bool attach_each_call(struct attach_tracepoints *tracepoints, const struct attach_bpf *bpf,
			     enum attach_scope scope)
{
	unsigned int returned = scope == ATTACH_SCOPE_CALLS ? RETURNED | MOVES : RETURNED;
	int tracefs = open_tracefs();
	bool done;

	if (tracefs < 0)
		return false;
	done = attach_calls(tracepoints, bpf->progs.attach_entered, tracefs, "sys_enter_",
			    ENTERED) &&
	       attach_calls(tracepoints, bpf->progs.attach_returned, tracefs, "sys_exit_",
			    returned);
	close(tracefs);
	return done;
}

static bool attach_wide(struct attach_tracepoints *tracepoints, const struct attach_bpf *bpf,
			enum attach_scope scope)
{
	int i;

	for (i = 0; i < bpf->skeleton->prog_cnt; i++) {
		const struct bpf_program *program = *bpf->skeleton->progs[i].prog;

		if (is_needed(program, scope) &&
		    bpf_program__type(program) == BPF_PROG_TYPE_RAW_TRACEPOINT &&
		    !keep(tracepoints, bpf_program__attach(program)))
			return false;
	}
	return true;
}

struct attach_tracepoints *attach_tracepoints_begin(const struct attach_bpf *bpf,
						    enum attach_scope scope)
{
	struct attach_tracepoints *tracepoints = allocate_zeroed(1, sizeof(*tracepoints));
	int error;

	if (attach_wide(tracepoints, bpf, scope) &&
	    (scope == ATTACH_SCOPE_ALL || attach_each_call(tracepoints, bpf, scope)))
		return tracepoints;
	error = errno;
	attach_tracepoints_end(tracepoints);
	errno = error;
	return NULL;
}

static bool is_link(const struct attach_tracepoints *tracepoints, int fd)
{
	size_t i;

	for (i = 0; i < tracepoints->count; i++)
		if (bpf_link__fd(tracepoints->links[i]) == fd)
			return true;
	return false;
}

/* Has nothing open but the links, until nobody else has them. */
static _Noreturn void outlive(const struct attach_tracepoints *tracepoints, int until)
{
	int most = until, fd;
	char byte;
	size_t i;

	for (i = 0; i < tracepoints->count; i++)
		if (bpf_link__fd(tracepoints->links[i]) > most)
			most = bpf_link__fd(tracepoints->links[i]);
	for (fd = 0; fd <= most; fd++)
		if (fd != until && !is_link(tracepoints, fd))
			close(fd);
	syscall(SYS_close_range, (unsigned int)most + 1, ~0u, 0u);
	_exit(read(until, &byte, 1) != 0);
}

/*
 * The kernel waits at the end of each tracepoint until no processor is in it: seconds for all. A
 * process that nobody waits for does that. Returns what it goes on at the end of; -1: there is
 * none.
 */
static int start_heir(const struct attach_tracepoints *tracepoints)
{
	int until[2];
	pid_t child;

	if (pipe2(until, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		if (fork() != 0)
			_exit(0);
		setsid();
		close(until[1]);
		outlive(tracepoints, until[0]);
	}
	close(until[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return until[1];
}

void attach_tracepoints_end(struct attach_tracepoints *tracepoints)
{
	int heir;

	if (!tracepoints)
		return;
	heir = start_heir(tracepoints);
	while (tracepoints->count)
		bpf_link__destroy(tracepoints->links[--tracepoints->count]);
	if (heir >= 0)
		close(heir);
	free(tracepoints);
}
