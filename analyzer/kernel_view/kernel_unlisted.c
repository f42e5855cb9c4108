/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_unlisted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "analyzer/base/proc_task.h"
#include "analyzer/kernel_view/kernel_sockets.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

int kernel_unlisted_open(int pid)
{
	int task = proc_task(pid);

	/* Linux 6.9; before that it is refused. */
	return (int)syscall(SYS_pidfd_open, task, task == pid ? 0 : PIDFD_THREAD);
}

/* "TCP", "TCPv6", "MPTCP". Needs no copy: most sockets outside the tables are UNIX ones. */
static bool is_tcp(const struct kernel_holding *holding)
{
	char path[64], name[32];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", proc_task(holding->pid), holding->fd);
	length = getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	if (length < 0)
		return false;
	name[length] = '\0';
	return strncmp(name, "TCP", 3) == 0 || strncmp(name, "MPTCP", 5) == 0;
}

static void take_local(struct kernel_unlisted *unlisted, int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return;
	unlisted->local.family = address.ss_family;
	if (address.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&address;

		unlisted->local.port = ntohs(in->sin_port);
		memcpy(unlisted->local.ip, &in->sin_addr, sizeof(in->sin_addr));
	} else if (address.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;

		unlisted->local.port = ntohs(in6->sin6_port);
		memcpy(unlisted->local.ip, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
}

/* As the recorder names it; 0: nothing is known of it. */
static uint64_t name_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	int protocol = 0;
	socklen_t protocol_size = sizeof(protocol);
	struct stat status;

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_size) == 0 &&
	    protocol == PROTOCOL_MPTCP)
		return fstat(fd, &status) == 0 ? recorded_inode_name((uint32_t)status.st_ino) : 0;
	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

static enum kernel_unlisted_answer take_socket(struct kernel_unlisted *unlisted, int fd)
{
	struct pollfd poll_descriptor = { .fd = fd };
	struct tcp_info details = { 0 };
	socklen_t size = sizeof(details);
	struct stat status;

	/* The number may have been reused since /proc was read. */
	if (fstat(fd, &status) < 0 ||
	    (unlisted->holding.inode && (uint32_t)status.st_ino != unlisted->holding.inode))
		return UNLISTED_GONE;
	unlisted->holding.inode = (uint32_t)status.st_ino;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &details, &size) < 0)
		return UNLISTED_NOT_TCP;
	unlisted->cookie = name_of(fd);
	unlisted->state = details.tcpi_state;
	unlisted->bytes_acked = details.tcpi_bytes_acked;
	unlisted->bytes_sent = details.tcpi_bytes_sent;
	unlisted->bytes_retransmitted = details.tcpi_bytes_retrans;
	unlisted->bytes_received = details.tcpi_bytes_received;
	unlisted->segments_in = details.tcpi_segs_in;
	unlisted->segments_out = details.tcpi_segs_out;
	unlisted->quiet_ms = details.tcpi_last_ack_recv;
	unlisted->error_pending =
		poll(&poll_descriptor, 1, 0) == 1 && (poll_descriptor.revents & POLLERR);
	take_local(unlisted, fd);
	return UNLISTED_SEEN;
}

enum kernel_unlisted_answer kernel_unlisted_fill(struct kernel_unlisted *unlisted, int pidfd,
						 const struct kernel_holding *holding)
{
	enum kernel_unlisted_answer answer;
	int fd;

	if (!is_tcp(holding))
		return UNLISTED_NOT_TCP;
	*unlisted = (struct kernel_unlisted){ .holding = *holding, .quiet_ms = -1 };
	if (pidfd < 0)
		return UNLISTED_REFUSED;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, holding->fd, 0);
	if (fd < 0)
		return errno == EBADF || errno == ESRCH ? UNLISTED_GONE : UNLISTED_REFUSED;
	answer = take_socket(unlisted, fd);
	close(fd);
	return answer;
}

bool kernel_unlisted_is(int pidfd, const struct kernel_holding *holding, uint64_t cookie)
{
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, holding->fd, 0);
	uint64_t found;

	if (fd < 0)
		return false;
	found = name_of(fd);
	close(fd);
	return found && found == cookie;
}

bool kernel_unlisted_was_connected(const struct kernel_unlisted *unlisted)
{
	/* A refused connect() leaves these at 0, and so do bound and listening sockets. */
	return unlisted->segments_in || unlisted->bytes_acked || unlisted->bytes_received;
}

bool kernel_unlisted_fin_acked(const struct kernel_unlisted *unlisted, bool accepted)
{
	uint64_t data = unlisted->bytes_sent - unlisted->bytes_retransmitted;
	uint64_t syn = accepted ? 0 : 1;

	return unlisted->bytes_acked > data + syn;
}
