/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The calls in which programs wait, and one that tells a descriptor to wait for. */
static const struct waiting_call {
	long number;
	const char *name;
	bool on_descriptor;
} waiting_calls[] = {
	{ SYS_futex, "futex", false },
	{ SYS_read, "read", true },
	{ SYS_readv, "readv", true },
	{ SYS_write, "write", true },
	{ SYS_writev, "writev", true },
	{ SYS_recvfrom, "recvfrom", true },
	{ SYS_recvmsg, "recvmsg", true },
	{ SYS_sendto, "sendto", true },
	{ SYS_sendmsg, "sendmsg", true },
	{ SYS_accept4, "accept4", true },
	{ SYS_accept, "accept", true },
	{ SYS_connect, "connect", true },
	{ SYS_flock, "flock", true },
	{ SYS_fsync, "fsync", true },
	{ SYS_epoll_pwait, "epoll_pwait", true },
	{ SYS_ppoll, "ppoll", false },
	{ SYS_pselect6, "pselect6", false },
	{ SYS_nanosleep, "nanosleep", false },
	{ SYS_clock_nanosleep, "clock_nanosleep", false },
	{ SYS_wait4, "wait4", false },
	{ SYS_waitid, "waitid", false },
	{ SYS_rt_sigtimedwait, "sigtimedwait", false },
	{ SYS_rt_sigsuspend, "sigsuspend", false },
#ifdef SYS_poll
	{ SYS_poll, "poll", false },
	{ SYS_select, "select", false },
	{ SYS_epoll_wait, "epoll_wait", true },
	{ SYS_pause, "pause", false },
#endif
};

static const struct waiting_call *find_call(long number)
{
	size_t i;

	for (i = 0; i < sizeof(waiting_calls) / sizeof(waiting_calls[0]); i++)
		if (waiting_calls[i].number == number)
			return &waiting_calls[i];
	return NULL;
}

void kernel_thread_describe(char *text, size_t size, int pid, int thread)
{
	char path[64], said[256], *rest;
	const struct waiting_call *call;
	ssize_t length;
	long number;
	int fd;

	text[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			snprintf(text, size, "has ended");
		return;
	}
	length = read(fd, said, sizeof(said) - 1);
	close(fd);
	if (length <= 0)
		return;
	said[length] = '\0';
	if (strncmp(said, "running", 7) == 0) {
		snprintf(text, size, "runs");
		return;
	}
	number = strtol(said, &rest, 10);
	if (rest == said)
		return;
	call = number >= 0 ? find_call(number) : NULL;
	if (call && call->on_descriptor)
		snprintf(text, size, "waits in %s() on descriptor %ld", call->name,
			 strtol(rest, NULL, 16));
	else if (call)
		snprintf(text, size, "waits in %s()", call->name);
	else if (number >= 0)
		snprintf(text, size, "waits in system call %ld", number);
}
