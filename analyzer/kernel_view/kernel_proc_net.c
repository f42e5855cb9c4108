/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_proc_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/base/proc_task.h"

/* An address is printed as 32-bit words in host byte order, each read from network byte order. */
static bool parse_ip(uint8_t ip[16], const char *text, uint8_t family)
{
	size_t words = family == AF_INET ? 1 : 4, i;

	if (strlen(text) != words * 8)
		return false;
	for (i = 0; i < words; i++) {
		unsigned int word;

		if (sscanf(text + i * 8, "%8x", &word) != 1)
			return false;
		memcpy(ip + i * 4, &word, sizeof(word));
	}
	return true;
}

/* A connection gets the same one in each sample. Never 0, which is no cookie. */
static uint64_t artificial_cookie(const struct kernel_socket *socket)
{
	uint64_t hash = FINGERPRINT_BASIS;

	hash = fingerprint_bytes(hash, &socket->local, sizeof(socket->local));
	hash = fingerprint_bytes(hash, &socket->peer, sizeof(socket->peer));
	return fingerprint_bytes(hash, &socket->inode, sizeof(socket->inode)) | 1;
}

bool kernel_proc_net_parse(struct kernel_socket *socket, const char *line, uint8_t family)
{
	char local[33], peer[33];
	unsigned int local_port, peer_port, state, sent, received, timer, uid;
	unsigned long long inode, ticks;

	*socket = (struct kernel_socket){
		.quiet_ms = -1, .sent_ms = -1, .expires_ms = -1, .nameless = true
	};
	if (sscanf(line,
		   " %*d: %32[0-9A-Fa-f]:%x %32[0-9A-Fa-f]:%x %x %x:%x %x:%llx %*s %u %*s %llu",
		   local, &local_port, peer, &peer_port, &state, &sent, &received, &timer, &ticks,
		   &uid, &inode) != 11)
		return false;
	if (state >= KERNEL_STATES || inode > UINT32_MAX ||
	    !parse_ip(socket->local.ip, local, family) || !parse_ip(socket->peer.ip, peer, family))
		return false;
	socket->local.family = socket->peer.family = family;
	socket->local.port = (uint16_t)local_port;
	socket->peer.port = (uint16_t)peer_port;
	socket->state = (uint8_t)state;
	socket->send_queue = sent;
	socket->receive_queue = received;
	if (timer == KERNEL_TIMER_DROP && ticks <= UINT32_MAX)
		socket->expires_ms =
			clock_since_boot_ms() + (double)ticks * 1e3 / (double)sysconf(_SC_CLK_TCK);
	socket->uid = uid;
	socket->inode = (uint32_t)inode;
	socket->cookie = artificial_cookie(socket);
	return true;
}

static int add_from(struct kernel_sockets *sockets, int pid, const char *name, uint8_t family,
		    uint64_t namespace, uint32_t states)
{
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", proc_task(pid), name);
	file = fopen(path, "re");
	if (!file)
		return errno;
	while (getline(&line, &room, file) > 0) {
		struct kernel_socket socket;

		if (!kernel_proc_net_parse(&socket, line, family) ||
		    !(states & KERNEL_STATE_BIT(socket.state)))
			continue;
		socket.namespace = namespace;
		*(struct kernel_socket *)allocate_next(&sockets->list, sockets->count,
						       sizeof(socket)) = socket;
		sockets->count++;
	}
	free(line);
	fclose(file);
	return 0;
}

int kernel_proc_net_add(struct kernel_sockets *sockets, int pid, uint64_t namespace,
			uint32_t states)
{
	int failure = add_from(sockets, pid, "tcp", AF_INET, namespace, states);

	if (failure)
		return failure;
	/* A kernel without IPv6 does not have this file. */
	add_from(sockets, pid, "tcp6", AF_INET6, namespace, states);
	return 0;
}
