/* SPDX-License-Identifier: MIT */
/*
 * Interposed calls that can meet an end of stream. Where bytes arrive, each costs one indirect
 * call and one compare (P10): the recorder hears of zeros and errors only.
 */
#include "preload/events/events.h"
#include "preload/events/passed.h"
#include "preload/events/received.h"
#include "preload/platform/real_calls.h"

EXPORTED ssize_t read(int fd, void *buffer, size_t length)
{
	struct receiving call = receiving(fd, length, 0);
	ssize_t n = real.read(fd, buffer, length);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t __read(int fd, void *buffer, size_t length)
{
	struct receiving call = receiving(fd, length, 0);
	ssize_t n = real.__read(fd, buffer, length);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room)
{
	struct receiving call = receiving(fd, length, 0);
	ssize_t n = real.__read_chk(fd, buffer, length, room);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t readv(int fd, const struct iovec *parts, int count)
{
	ssize_t n = real.readv(fd, parts, count);

	if (n <= 0)
		return note_received_parts(fd, n, parts, count);
	return n;
}

/* With offset -1 these read a socket as readv does. */
EXPORTED ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	ssize_t n = real.preadv2(fd, parts, count, offset, flags);

	if (n <= 0)
		return note_received_parts(fd, n, parts, count);
	return n;
}

EXPORTED ssize_t preadv64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags)
{
	ssize_t n = real.preadv64v2(fd, parts, count, offset, flags);

	if (n <= 0)
		return note_received_parts(fd, n, parts, count);
	return n;
}

EXPORTED ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.recv(fd, buffer, length, flags);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t __recv(int fd, void *buffer, size_t length, int flags)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.__recv(fd, buffer, length, flags);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.__recv_chk(fd, buffer, length, room, flags);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags,
			  struct sockaddr *restrict from, socklen_t *restrict from_length)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.recvfrom(fd, buffer, length, flags, from, from_length);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
				struct sockaddr *from, socklen_t *from_length)
{
	struct receiving call = receiving(fd, length, flags);
	ssize_t n = real.__recvfrom_chk(fd, buffer, length, room, flags, from, from_length);

	if (n <= 0)
		return note_received(&call, n);
	return n;
}

EXPORTED ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t n = real.recvmsg(fd, message, flags);

	if (n <= 0)
		note_received_message(fd, n, message, flags);
	if (n >= 0 && message->msg_controllen)
		note_passed_descriptors(message);
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
