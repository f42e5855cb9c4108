/* SPDX-License-Identifier: MIT */
/*
 * Interposed calls that can meet an EOF. Where bytes arrive, each costs one indirect
 * call, two compares and a counter of the thread's own (P10): the recorder hears of zeros and
 * errors, and of one transfer in 128.
 */
#include "preload/events/events.h"
#include "preload/events/passed.h"
#include "preload/events/received.h"
#include "preload/events/touched.h"
#include "preload/events/transfers.h"
#include "preload/platform/real_calls.h"

EXPORTED ssize_t read(int fd, void *buffer, size_t length)
{
	struct receiving call = receiving(fd, length, 0);
	ssize_t n = real.read(fd, buffer, length);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t __read(int fd, void *buffer, size_t length)
{
	struct receiving call = receiving(fd, length, 0);
	ssize_t n = real.__read(fd, buffer, length);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room)
{
	struct receiving call = receiving(fd, length, 0);
	ssize_t n = real.__read_chk(fd, buffer, length, room);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t readv(int fd, const struct iovec *parts, int count)
{
	struct moving_parts call = moving_parts(fd, parts, count);
	ssize_t n = real.readv(fd, parts, count);

	if (n <= 0)
		return note_received_parts(call.fd, n, call.parts, call.count);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

/* With offset -1 these read a socket as readv does. */
EXPORTED ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	struct moving_parts call = moving_parts(fd, parts, count);
	ssize_t n = real.preadv2(fd, parts, count, offset, flags);

	if (n <= 0)
		return note_received_parts(call.fd, n, call.parts, call.count);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	struct moving_parts call = moving_parts(fd, parts, count);
	ssize_t n = real.preadv64v2(fd, parts, count, offset, flags);

	if (n <= 0)
		return note_received_parts(call.fd, n, call.parts, call.count);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.recv(fd, buffer, length, flags);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t __recv(int fd, void *buffer, size_t length, int flags)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.__recv(fd, buffer, length, flags);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.__recv_chk(fd, buffer, length, room, flags);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags,
			  struct sockaddr *restrict from, socklen_t *restrict from_length)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.recvfrom(fd, buffer, length, flags, from, from_length);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
				struct sockaddr *from, socklen_t *from_length)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.__recvfrom_chk(fd, buffer, length, room, flags, from, from_length);

	if (n <= 0)
		return note_received(&call, n);
	if (touch_is_due(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

/* The kernel marks what came from the queue of errors: the call's flags need not be kept. */
static __attribute__((noinline)) ssize_t no_bytes_received(const struct moving_message *call,
							   ssize_t result)
{
	struct msghdr *message = call->message;

	note_received_message(call->fd, result, message,
			      result == 0 ? message->msg_flags & MSG_ERRQUEUE : 0);
	if (result == 0 && message->msg_controllen)
		note_passed_descriptors(message);
	return result;
}

static __attribute__((noinline)) ssize_t received_with_more(const struct moving_message *call,
							    ssize_t result)
{
	note_passed_descriptors(call->message);
	return touch_is_first(touch_reads, &call->fd) ? note_read(&call->fd, result) : result;
}

EXPORTED ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct moving_message call = moving_message(fd, message);
	ssize_t n = real.recvmsg(fd, message, flags);

	if (n <= 0)
		return no_bytes_received(&call, n);
	if (call.message->msg_controllen)
		return received_with_more(&call, n);
	if (touch_is_first(touch_reads, &call.fd))
		return note_read(&call.fd, n);
	return n;
}

EXPORTED int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
		      struct timespec *timeout)
{
	struct receiving call = receiving(fd, 1, flags);
	int n = real.recvmmsg(fd, messages, count, flags, timeout);

	if (n < 0)
		return (int)note_received(&call, n);
	if (n > 0)
		note_received_messages(fd, messages, n, flags);
	return n;
}

EXPORTED ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t length,
			unsigned int flags)
{
	struct receiving call = receiving(from, length, 0);
	ssize_t n = real.splice(from, from_offset, to, to_offset, length, flags);

	if (n < 0)
		note_transfer_failed(from, to);
	else if (n == 0)
		note_received(&call, n);
	return n;
}

EXPORTED ssize_t sendfile(int to, int from, off_t *offset, size_t length)
{
	struct receiving call = receiving(from, length, 0);
	ssize_t n = real.sendfile(to, from, offset, length);

	if (n < 0)
		note_transfer_failed(from, to);
	else if (n == 0)
		note_received(&call, n);
	return n;
}

EXPORTED ssize_t sendfile64(int to, int from, off64_t *offset, size_t length)
{
	struct receiving call = receiving(from, length, 0);
	ssize_t n = real.sendfile64(to, from, offset, length);

	if (n < 0)
		note_transfer_failed(from, to);
	else if (n == 0)
		note_received(&call, n);
	return n;
}
