/* SPDX-License-Identifier: MIT */
#include "preload/platform/kernel.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "preload/platform/raw_calls.h"
#include "preload/platform/real_calls.h"

/* States of the kernel (include/net/tcp_states.h). */
#define STATE_CLOSE      7
#define STATE_CLOSE_WAIT 8
#define STATE_LAST_ACK   9
#define STATE_LISTEN     10
#define STATE_CLOSING    11

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static bool ask(int fd, int level, int name, void *value, socklen_t size)
{
	return real.getsockopt(fd, level, name, value, &size) == 0;
}

/* An MPTCP socket has been seen: until then no descriptor is asked whether it is one. */
static bool has_mptcp;

static bool is_mptcp(int fd)
{
	int protocol;

	return ask(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, sizeof(protocol)) &&
	       protocol == IPPROTO_MPTCP;
}

uint64_t kernel_cookie(int fd)
{
	uint64_t cookie = 0;

	if (__atomic_load_n(&has_mptcp, __ATOMIC_RELAXED) && is_mptcp(fd)) {
		struct stat status;

		if (raw_call(SYS_fstat, fd, (long)(uintptr_t)&status, 0, 0) < 0)
			return 0;
		return recorded_inode_name((uint32_t)status.st_ino);
	}
	return ask(fd, SOL_SOCKET, SO_COOKIE, &cookie, sizeof(cookie)) ? cookie : 0;
}

uint8_t kernel_kind_of(int domain, int type, int protocol, bool unix_too)
{
	type &= ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (domain == AF_UNIX)
		return unix_too && (type == SOCK_STREAM || type == SOCK_SEQPACKET) ? KIND_UNIX : 0;
	if (type != SOCK_STREAM || (domain != AF_INET && domain != AF_INET6))
		return 0;
	if (protocol == IPPROTO_MPTCP) {
		__atomic_store_n(&has_mptcp, true, __ATOMIC_RELAXED);
		return KIND_MPTCP;
	}
	if (protocol != 0 && protocol != IPPROTO_TCP)
		return 0;
	return domain == AF_INET6 ? KIND_TCP6 : KIND_TCP;
}

uint8_t kernel_kind(int fd, bool unix_too)
{
	int domain, type, protocol;

	/* The protocol decides alone, except for AF_UNIX (protocol 0). */
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

/* Has something come up that recvmsg(MSG_ERRQUEUE) fetches, as a timestamp? */
static bool has_news(int fd)
{
	struct pollfd asked = { .fd = fd };
	struct timespec at_once = { 0 };

	return real.syscall(SYS_ppoll, &asked, 1, &at_once, NULL, 0) == 1 &&
	       (asked.revents & POLLERR);
}

/*
 * No byte is unread: does a FIN lie in the queue? SIOCINQ does not count it, but it is a buffer
 * like those of data, and the kernel charges the socket for its memory until it is read. It does so
 * for MSG_ERRQUEUE's as well, which then leave the question open.
 */
static uint32_t queued_end(int fd)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };

	if (!ask(fd, SOL_SOCKET, SO_MEMINFO, memory, sizeof(memory)))
		return RECORDED_QUEUE_UNKNOWN;
	if (memory[SK_MEMINFO_RMEM_ALLOC] == 0)
		return 0;
	return has_news(fd) ? RECORDED_QUEUE_UNKNOWN : 1;
}

/* What sock_diag gives as the receive queue of a socket in STATE, with UNREAD by SIOCINQ. */
static uint32_t receive_queue(int fd, uint8_t state, uint32_t unread)
{
	/* The usual end of a program: nothing lies there. */
	if (unread == 0 && state != STATE_CLOSE_WAIT && state != STATE_LAST_ACK &&
	    state != STATE_CLOSING && state != STATE_CLOSE)
		return 0;
	/* MPTCP counts the end as a byte, also when it was read; its state is a subflow's. */
	if (is_mptcp(fd))
		return RECORDED_QUEUE_UNKNOWN;
	if (unread == 0)
		return queued_end(fd);
	/* Data go first: the FIN is still behind them. CLOSE may be a reset, which is no FIN. */
	return state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING
		       ? unread + 1
		       : unread;
}

static bool ask_state(int fd, struct tcp_info *state)
{
	memset(state, 0, sizeof(*state));
	return ask(fd, IPPROTO_TCP, TCP_INFO, state, sizeof(*state));
}

static void take_state(int fd, const struct tcp_info *state, struct recorded_socket *socket)
{
	int unread = 0;

	socket->tcp_state = state->tcpi_state;
	/* Before anything was sent the kernel counts from the beginning of the connection. */
	socket->last_sent_ms = state->tcpi_bytes_sent ? state->tcpi_last_data_sent : UINT32_MAX;
	if (state->tcpi_state == STATE_LISTEN) {
		socket->receive_queue = state->tcpi_unacked;
		socket->queue_maximum = state->tcpi_sacked;
		return;
	}
	socket->quiet_ms = state->tcpi_last_ack_recv;
	if (ioctl(fd, SIOCINQ, &unread) < 0)
		return;
	socket->unread = unread;
	socket->receive_queue = receive_queue(fd, state->tcpi_state, unread);
}

void kernel_state(int fd, struct recorded_socket *socket)
{
	struct tcp_info state;

	if (ask_state(fd, &state))
		take_state(fd, &state, socket);
}

bool kernel_peer_ended(int fd, struct recorded_socket *socket)
{
	struct tcp_info state;

	if (!ask_state(fd, &state) ||
	    (state.tcpi_state != STATE_CLOSE_WAIT && state.tcpi_state != STATE_CLOSE))
		return false;
	take_state(fd, &state, socket);
	return true;
}

bool kernel_is_reset(int fd)
{
	struct tcp_info state;

	return ask_state(fd, &state) && state.tcpi_state == STATE_CLOSE;
}

/* The SYN counts as one. Whoever accepted has read or acknowledged something by then, or not. */
bool kernel_was_connected(int fd)
{
	struct tcp_info state;

	return ask_state(fd, &state) && (state.tcpi_bytes_acked || state.tcpi_bytes_received ||
					 state.tcpi_state == STATE_CLOSE_WAIT);
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
