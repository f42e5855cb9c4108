/* SPDX-License-Identifier: MIT */
#include "preload/kernel.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include "preload/real_calls.h"

#define STATE_LISTEN 10 /* TCP_LISTEN of the kernel */

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static bool ask(int fd, int level, int name, void *value, socklen_t size)
{
	return real.getsockopt(fd, level, name, value, &size) == 0;
}

uint64_t kernel_cookie(int fd)
{
	uint64_t cookie = 0;

	return ask(fd, SOL_SOCKET, SO_COOKIE, &cookie, sizeof(cookie)) ? cookie : 0;
}

uint8_t kernel_kind_of(int domain, int type, int protocol, bool unix_too)
{
	type &= ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (domain == AF_UNIX)
		return unix_too && (type == SOCK_STREAM || type == SOCK_SEQPACKET) ? KIND_UNIX : 0;
	if (type != SOCK_STREAM || (domain != AF_INET && domain != AF_INET6))
		return 0;
	if (protocol == IPPROTO_MPTCP)
		return KIND_MPTCP;
	if (protocol != 0 && protocol != IPPROTO_TCP)
		return 0;
	return domain == AF_INET6 ? KIND_TCP6 : KIND_TCP;
}

uint8_t kernel_kind(int fd, bool unix_too)
{
	int domain, type, protocol;

	/* The protocol alone settles it for everything but AF_UNIX (protocol 0). */
	if (!ask(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, sizeof(protocol)))
		return 0;
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP && !(protocol == 0 && unix_too))
		return 0;
	if (!ask(fd, SOL_SOCKET, SO_DOMAIN, &domain, sizeof(domain)) ||
	    !ask(fd, SOL_SOCKET, SO_TYPE, &type, sizeof(type)))
		return 0;
	return kernel_kind_of(domain, type, protocol, unix_too);
}

bool kernel_listens(int fd)
{
	int listens = 0;

	return ask(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, sizeof(listens)) && listens;
}

void kernel_state(int fd, struct recorded_socket *socket)
{
	struct tcp_info state;
	int unread = 0;

	memset(&state, 0, sizeof(state));
	if (!ask(fd, IPPROTO_TCP, TCP_INFO, &state, sizeof(state)))
		return;
	socket->tcp_state = state.tcpi_state;
	/* Before anything was sent the kernel counts from the beginning of the connection. */
	socket->last_sent_ms = state.tcpi_bytes_sent ? state.tcpi_last_data_sent : UINT32_MAX;
	if (state.tcpi_state != STATE_LISTEN && ioctl(fd, SIOCINQ, &unread) == 0)
		socket->unread = unread;
}

bool kernel_local(int fd, struct recorded_address *address)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	if (getsockname(fd, (struct sockaddr *)&from, &length) < 0)
		return false;
	kernel_address((struct sockaddr *)&from, length, address);
	return address->family != 0;
}

bool kernel_peer(int fd, struct recorded_address *address)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	if (getpeername(fd, (struct sockaddr *)&from, &length) < 0)
		return false;
	kernel_address((struct sockaddr *)&from, length, address);
	return address->family != 0;
}

void kernel_address(const struct sockaddr *from, socklen_t length, struct recorded_address *address)
{
	memset(address, 0, sizeof(*address));
	if (!from || length < sizeof(from->sa_family))
		return;
	if (from->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)from;

		address->family = AF_INET;
		address->port = ntohs(in->sin_port);
		memcpy(address->ip, &in->sin_addr, 4);
	} else if (from->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

		address->family = AF_INET6;
		address->port = ntohs(in6->sin6_port);
		memcpy(address->ip, &in6->sin6_addr, 16);
	}
}
