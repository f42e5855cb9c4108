/* SPDX-License-Identifier: MIT */
/* Interposed calls that send: they note failures, and descriptors that go along. */
#include "preload/unwind/backtrace.h"
#include "preload/events/events.h"
#include "preload/events/passed.h"
#include "preload/platform/real_calls.h"

EXPORTED ssize_t write(int fd, const void *buffer, size_t length)
{
	ssize_t n = real.write(fd, buffer, length);

	if (n < 0) {
		if (backtrace_is_pipe(fd))
			return backtrace_write_pipe(buffer);
		return note_send_failed(fd);
	}
	return n;
}

EXPORTED ssize_t __write(int fd, const void *buffer, size_t length)
{
	ssize_t n = real.__write(fd, buffer, length);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t n = real.writev(fd, parts, count);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	ssize_t n = real.pwritev2(fd, parts, count, offset, flags);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset,
			     int flags)
{
	ssize_t n = real.pwritev64v2(fd, parts, count, offset, flags);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	ssize_t n = real.send(fd, buffer, length, flags);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t __send(int fd, const void *buffer, size_t length, int flags)
{
	ssize_t n = real.__send(fd, buffer, length, flags);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t sendto(int fd, const void *buffer, size_t length, int flags,
			const struct sockaddr *to, socklen_t to_length)
{
	ssize_t n = real.sendto(fd, buffer, length, flags, to, to_length);

	if (n < 0)
		return note_send_failed(fd);
	return n;
}

EXPORTED ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t n = real.sendmsg(fd, message, flags);

	if (n < 0)
		return note_send_failed(fd);
	if (message->msg_controllen)
		note_sent_descriptors(message);
	return n;
}

EXPORTED int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	int n = real.sendmmsg(fd, messages, count, flags);

	if (n < 0)
		return note_send_failed(fd);
	note_sent_messages(messages, n);
	return n;
}
