/* SPDX-License-Identifier: MIT */
#include "preload/ledger/asked_file.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include "preload/platform/raw_calls.h"

/* The program waits meanwhile: it gets on without a recording rather than late. */
#define PATIENCE_S 2

static long call_with(long number, int fd, void *argument, long flags)
{
	return raw_call(number, fd, (long)(uintptr_t)argument, flags, 0);
}

/* False: there is no answer, or the program was interrupted too often. */
static bool wait_for(int fd, short events)
{
	struct pollfd polled = { .fd = fd, .events = events };
	unsigned int tries;

	for (tries = 0; tries < 100; tries++) {
		struct timespec patience = { .tv_sec = PATIENCE_S };
		long ready = raw_call(SYS_ppoll, (long)(uintptr_t)&polled, 1,
				      (long)(uintptr_t)&patience, 0);

		if (ready != -EINTR)
			return ready > 0;
	}
	return false;
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

/* Receives SIZE bytes and, if FILE is given, a descriptor. */
static bool receive_bytes(int fd, void *bytes, size_t size, int *file)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	const struct cmsghdr *header;

	if (file) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	if (!wait_for(fd, POLLIN) ||
	    call_with(SYS_recvmsg, fd, &message, MSG_CMSG_CLOEXEC) != (long)size)
		return false;
	if (!file)
		return true;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(file, CMSG_DATA(header), sizeof(*file));
	return true;
}

/* A seccomp filter may kill for a socket, which the program does not make itself. */
static bool is_confined(void)
{
	return raw_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0) != 0;
}

bool asked_file_create(const char *maker, const char *name, int pid, struct asked_file *file)
{
	struct recording_request request = { .pid = pid };
	char answer;

	if (!maker[0] || is_confined())
		return false;
	file->maker = connect_to(maker);
	if (file->maker < 0)
		return false;
	memcpy(request.key, maker + RECORDING_MAKER_DIGITS + 1, sizeof(request.key));
	memcpy(request.name, name, strnlen(name, sizeof(request.name)));
	if (send_bytes(file->maker, &request, sizeof(request)) &&
	    receive_bytes(file->maker, &answer, 1, &file->fd))
		return true;
	raw_close(file->maker);
	file->maker = -1;
	return false;
}

bool asked_file_publish(const struct asked_file *file, char name[RECORDED_FILE_NAME_MAX])
{
	char whole = 1;

	if (!send_bytes(file->maker, &whole, 1) ||
	    !receive_bytes(file->maker, name, RECORDED_FILE_NAME_MAX, NULL))
		return false;
	name[RECORDED_FILE_NAME_MAX - 1] = '\0';
	return name[0] != '\0';
}
