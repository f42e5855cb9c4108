/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_before.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_view.h"

/* FOUND as an event would show it, but for its address in the kernel. */
static struct attach_socket socket_of(const struct kernel_socket *found)
{
	struct attach_socket socket = {
		.cookie = found->nameless ? 0 : found->cookie,
		.inode = found->inode,
		.family = found->local.family ? found->local.family : AF_INET,
		.protocol = found->multipath ? 262 : 6,
		.local_port = found->local.port,
		.peer_port = found->peer.port,
		.state = found->state,
	};

	memcpy(socket.local, found->local.ip, sizeof(socket.local));
	memcpy(socket.peer, found->peer.ip, sizeof(socket.peer));
	return socket;
}

static void add(struct attached_process *process, enum recorded_source source, int fd,
		const struct attach_socket *socket)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!attached_join(process, fd, socket, 0, now))
		attached_adopt(process, fd, socket, source, now);
}

/* Sockets that are in no table: never bound, or closed for good. */
static void add_unlisted(struct attached_process *process, enum recorded_source source, int first,
			 const struct kernel_view *view, struct attached_before *before)
{
	size_t i;

	for (i = 0; i < view->unlisted_count; i++) {
		const struct kernel_unlisted *unlisted = &view->unlisted[i];
		struct attach_socket socket = {
			.cookie = unlisted->cookie,
			.inode = unlisted->holding.inode,
			.family = unlisted->local.family ? unlisted->local.family : AF_INET,
			.protocol = 6,
			.local_port = unlisted->local.port,
			.state = unlisted->state,
		};

		if (unlisted->holding.fd < first)
			continue;
		memcpy(socket.local, unlisted->local.ip, sizeof(socket.local));
		before->open++;
		add(process, source, unlisted->holding.fd, &socket);
	}
}

int attached_take_before(struct attached_process *process, enum recorded_source source, int first,
			 struct attached_before *before)
{
	/* No process has those in TIME_WAIT, and to list many takes longer than events can wait. */
	struct kernel_view *view =
		kernel_view_sample_states(&process->pid, 1, KERNEL_LIVING_STATES);
	int failure = view->process_count ? view->processes[0].failure : ESRCH;
	size_t i;

	*before = (struct attached_before){ .open = 0 };
	for (i = 0; !failure && i < view->holdings.count; i++) {
		const struct kernel_holding *holding = &view->holdings.list[i];
		const struct kernel_socket *found =
			kernel_sockets_of_inode(&view->sockets, holding->inode);
		struct attach_socket socket;

		if (!found || holding->pid != process->pid || holding->fd < first)
			continue;
		socket = socket_of(found);
		before->open++;
		before->close_wait += found->state == KERNEL_CLOSE_WAIT;
		add(process, source, holding->fd, &socket);
	}
	if (!failure)
		add_unlisted(process, source, first, view, before);
	kernel_view_free(view);
	return failure;
}
