/* SPDX-License-Identifier: MIT */
/* Interposed calls that send: they note failures, and descriptors that go along. */
#include "preload/unwind/backtrace.h"
#include "preload/events/events.h"
#include "preload/events/passed.h"
#include "preload/events/touched.h"
#include "preload/events/transfers.h"
#include "preload/platform/real_calls.h"

EXPORTED ssize_t write(int fd, const void *buffer, size_t length)
{
	struct receiving call = receiving(fd, (size_t)buffer, 0);
	ssize_t n = real.write(fd, buffer, length);

	if (n < 0) {
		if (backtrace_is_pipe(call.fd))
			return backtrace_write_pipe((const void *)call.asked);
		return note_send_failed(call.fd);
	}
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t __write(int fd, const void *buffer, size_t length)
{
	struct moving call = moving(fd);
	ssize_t n = real.__write(fd, buffer, length);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t writev(int fd, const struct iovec *parts, int count)
{
	struct moving call = moving(fd);
	ssize_t n = real.writev(fd, parts, count);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	struct moving call = moving(fd);
	ssize_t n = real.pwritev2(fd, parts, count, offset, flags);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset,
			     int flags)
{
	struct moving call = moving(fd);
	ssize_t n = real.pwritev64v2(fd, parts, count, offset, flags);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	struct moving call = moving(fd);
	ssize_t n = real.send(fd, buffer, length, flags);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t __send(int fd, const void *buffer, size_t length, int flags)
{
	struct moving call = moving(fd);
	ssize_t n = real.__send(fd, buffer, length, flags);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

EXPORTED ssize_t sendto(int fd, const void *buffer, size_t length, int flags,
			const struct sockaddr *to, socklen_t to_length)
{
	struct moving call = moving(fd);
	ssize_t n = real.sendto(fd, buffer, length, flags, to, to_length);

	if (n < 0)
		return note_send_failed(call.fd);
	if (touch_is_due(touch_writes, &call.fd))
		return note_written(&call.fd, n);
	return n;
}

static __attribute__((noinline)) ssize_t sent_with_more(const struct moving_message *call,
							ssize_t result)
{
	note_sent_descriptors(call->message);
	return touch_is_first(touch_writes, &call->fd) ? note_written(&call->fd, result) : result;
}

EXPORTED ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct moving_message call = moving_message(fd, message);
	ssize_t n = real.sendmsg(fd, message, flags);

	if (n < 0)
		return note_send_failed(call.fd);
	if (call.message->msg_controllen)
		return sent_with_more(&call, n);
	if (touch_is_first(touch_writes, &call.fd))
		return note_written(&call.fd, n);
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
