/* SPDX-License-Identifier: MIT */
/* Interposed calls with which a socket begins, or its part in a connection is settled. */
#include <errno.h>
#include "preload/events/events.h"
#include "preload/platform/real_calls.h"

EXPORTED int socket(int domain, int type, int protocol)
{
	int fd = real.socket(domain, type, protocol);

	if (fd >= 0)
		note_socket(fd, domain, type, protocol, SOURCE_SOCKET);
	return fd;
}

EXPORTED int socketpair(int domain, int type, int protocol, int ends[2])
{
	int result = real.socketpair(domain, type, protocol, ends);

	if (result == 0) {
		note_socket(ends[0], domain, type, protocol, SOURCE_PAIR);
		note_socket(ends[1], domain, type, protocol, SOURCE_PAIR);
	}
	return result;
}

/*
 * Where the program does not ask who connected, we do, in the same system call: a recording of a
 * killed program then has its peers.
 */
EXPORTED int accept(int fd, struct sockaddr *restrict peer, socklen_t *restrict length)
{
	struct sockaddr_storage own;
	socklen_t own_length = sizeof(own);
	int accepted;

	if (!peer) {
		accepted = real.accept(fd, (struct sockaddr *)&own, &own_length);
		if (accepted >= 0)
			note_accepted(fd, accepted, (struct sockaddr *)&own, own_length);
		return accepted;
	}
	own_length = note_accepting(length);
	accepted = real.accept(fd, peer, length);
	if (accepted >= 0 && length)
		note_accepted(fd, accepted, peer, own_length < *length ? own_length : *length);
	return accepted;
}

EXPORTED int accept4(int fd, struct sockaddr *restrict peer, socklen_t *restrict length, int flags)
{
	struct sockaddr_storage own;
	socklen_t own_length = sizeof(own);
	int accepted;

	if (!peer) {
		accepted = real.accept4(fd, (struct sockaddr *)&own, &own_length, flags);
		if (accepted >= 0)
			note_accepted(fd, accepted, (struct sockaddr *)&own, own_length);
		return accepted;
	}
	own_length = note_accepting(length);
	accepted = real.accept4(fd, peer, length, flags);
	if (accepted >= 0 && length)
		note_accepted(fd, accepted, peer, own_length < *length ? own_length : *length);
	return accepted;
}

EXPORTED int connect(int fd, const struct sockaddr *peer, socklen_t length)
{
	int result = real.connect(fd, peer, length);

	note_connect(fd, peer, length, result, result < 0 ? errno : 0);
	return result;
}

EXPORTED int __connect(int fd, const struct sockaddr *peer, socklen_t length)
{
	int result = real.__connect(fd, peer, length);

	note_connect(fd, peer, length, result, result < 0 ? errno : 0);
	return result;
}

EXPORTED int listen(int fd, int backlog)
{
	int result = real.listen(fd, backlog);

	if (result == 0)
		note_listening(fd);
	return result;
}

EXPORTED int getsockopt(int fd, int level, int name, void *restrict value,
			socklen_t *restrict length)
{
	int result = real.getsockopt(fd, level, name, value, length);

	if (name == SO_ERROR && level == SOL_SOCKET && result == 0 && *length >= sizeof(int))
		note_pending_error(fd, *(int *)value);
	return result;
}

EXPORTED int pidfd_getfd(int pidfd, int target, unsigned int flags)
{
	int fd = real.pidfd_getfd(pidfd, target, flags);

	if (fd >= 0)
		note_passed(fd);
	return fd;
}
