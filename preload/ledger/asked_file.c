/* SPDX-License-Identifier: MIT */
#include "preload/ledger/asked_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include "preload/ledger/put_text.h"
#include "preload/platform/raw_calls.h"

/* The program waits meanwhile: it gets on without a recording rather than late. */
#define PATIENCE_S 2

static long call_with(long number, int fd, void *argument, long flags)
{
	return raw_call(number, fd, (long)(uintptr_t)argument, flags, 0);
}

/* False: there is no answer. The kernel takes what was waited off PATIENCE, also at a signal. */
static bool wait_for(int fd, short events)
{
	struct timespec patience = { .tv_sec = PATIENCE_S };
	struct pollfd polled = { .fd = fd, .events = events };
	long ready;

	do {
		ready = raw_call(SYS_ppoll, (long)(uintptr_t)&polled, 1, (long)(uintptr_t)&patience,
				 0);
	} while (ready == -EINTR);
	return ready > 0;
}

/* Who listens at the other end of CONNECTION; 0: it is in another PID namespace. */
static int pid_behind(int connection)
{
	struct ucred maker = { .pid = 0 };
	socklen_t size = sizeof(maker);

	if (raw_call5(SYS_getsockopt, connection, SOL_SOCKET, SO_PEERCRED, (long)(uintptr_t)&maker,
		      (long)(uintptr_t)&size) < 0)
		return -1;
	return maker.pid;
}

/* The process that MAKER's address names. */
static int pid_of(const char *maker)
{
	unsigned int pid = 0;
	int i;

	for (i = RECORDING_MAKER_DIGITS - RECORDING_MAKER_PID_DIGITS; i < RECORDING_MAKER_DIGITS;
	     i++)
		pid = pid * 16 +
		      (unsigned int)(maker[i] <= '9' ? maker[i] - '0' : maker[i] - 'a' + 10);
	return (int)pid;
}

/*
 * A stopped maker (job control) does not answer: nobody needs to find that out by waiting, one
 * process after the other. False also where it can't be seen.
 */
static bool is_stopped(int pid)
{
	char path[32], text[128] = "";
	long fd, i;

	put_text(put_number(put_text(path, "/proc/", 6), (unsigned int)pid), "/stat", 5);
	fd = raw_call(SYS_openat, AT_FDCWD, (long)(uintptr_t)path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	i = call_with(SYS_read, (int)fd, text, sizeof(text));
	raw_close((int)fd);
	/* "PID (NAME) STATE ...": the name may hold a parenthesis, what follows it doesn't. */
	while (--i >= 0 && text[i] != ')')
		;
	return i >= 0 && i + 2 < (long)sizeof(text) && text[i + 2] == 'T';
}

/*
 * Is the process that MAKER names at the other end of CONNECTION, and does it run? Once finleak has
 * ended anybody can have its address: a file of theirs could be cut at any time.
 */
static bool is_there(int connection, const char *maker)
{
	int pid = pid_behind(connection);

	return pid == 0 || (pid == pid_of(maker) && !is_stopped(pid));
}

static int connect_to(const char *maker)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *name = address.sun_path + 1;
	size_t prefix = sizeof(RECORDING_MAKER_PREFIX) - 1;
	long fd =
		raw_call(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0);

	if (fd < 0)
		return -1;
	memcpy(name, RECORDING_MAKER_PREFIX, prefix);
	memcpy(name + prefix, maker, RECORDING_MAKER_DIGITS);
	if (call_with(SYS_connect, (int)fd, &address,
		      (long)(offsetof(struct sockaddr_un, sun_path) + 1 + prefix +
			     RECORDING_MAKER_DIGITS)) == 0)
		return (int)fd;
	raw_close((int)fd);
	return -1;
}

static bool send_bytes(int fd, void *bytes, size_t size)
{
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return call_with(SYS_sendmsg, fd, &message, MSG_NOSIGNAL) == (long)size;
}

static bool receive_message(int fd, struct msghdr *message, size_t size)
{
	return wait_for(fd, POLLIN) &&
	       call_with(SYS_recvmsg, fd, message, MSG_CMSG_CLOEXEC) == (long)size &&
	       !(message->msg_flags & MSG_TRUNC);
}

static bool receive_bytes(int fd, void *bytes, size_t size)
{
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return receive_message(fd, &message, size);
}

/* The descriptor that came with MESSAGE; -1: none. */
static int descriptor_of(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int file;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len < CMSG_LEN(sizeof(file)))
		return -1;
	memcpy(&file, CMSG_DATA(header), sizeof(file));
	return file;
}

/* Receives one byte and a descriptor, which is returned; -1: not that. */
static int receive_file(int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = "" };
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = sizeof(byte) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		/* Padding would have room for a second one. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	bool received = receive_message(fd, &message, sizeof(byte));
	int file = descriptor_of(&message);

	if (received || file < 0)
		return file;
	raw_close(file);
	return -1;
}

/* A seccomp filter may kill for a socket, which the program does not make itself. */
static bool is_confined(void)
{
	return raw_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0) != 0;
}

bool asked_file_create(const char *maker, const char *name, int pid, struct asked_file *file)
{
	struct recording_request request = { .pid = pid };

	if (!maker[0] || is_confined())
		return false;
	file->maker = connect_to(maker);
	if (file->maker < 0)
		return false;
	memcpy(request.key, maker + RECORDING_MAKER_DIGITS + 1, sizeof(request.key));
	memcpy(request.name, name, strnlen(name, sizeof(request.name)));
	file->fd =
		is_there(file->maker, maker) && send_bytes(file->maker, &request, sizeof(request))
			? receive_file(file->maker)
			: -1;
	if (file->fd >= 0)
		return true;
	raw_close(file->maker);
	file->maker = -1;
	return false;
}

bool asked_file_publish(const struct asked_file *file, char name[RECORDED_FILE_NAME_MAX])
{
	char whole = 1;

	if (!send_bytes(file->maker, &whole, 1) ||
	    !receive_bytes(file->maker, name, RECORDED_FILE_NAME_MAX))
		return false;
	name[RECORDED_FILE_NAME_MAX - 1] = '\0';
	return name[0] != '\0';
}
