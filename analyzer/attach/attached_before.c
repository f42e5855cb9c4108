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

/* Sockets that are in no table: never bound, or closed for good. */
static void each_unlisted(struct attached_process *process, int first,
			  const struct kernel_view *view, attached_take_open *take, void *context)
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
		take(process, unlisted->holding.fd, &socket, context);
	}
}

int attached_each_open(struct attached_process *process, int first, attached_take_open *take,
		       void *context)
{
	/* No process has those in TIME_WAIT, and to list many takes longer than events can wait. */
	struct kernel_view *view =
		kernel_view_sample_states(&process->pid, 1, KERNEL_LIVING_STATES);
	int failure = view->process_count ? view->processes[0].failure : ESRCH;
	size_t i;

	for (i = 0; !failure && i < view->holdings.count; i++) {
		const struct kernel_holding *holding = &view->holdings.list[i];
		const struct kernel_socket *found =
			kernel_sockets_of_inode(&view->sockets, holding->inode);
		struct attach_socket socket;

		if (!found || holding->pid != process->pid || holding->fd < first)
			continue;
		socket = socket_of(found);
		take(process, holding->fd, &socket, context);
	}
	if (!failure)
		each_unlisted(process, first, view, take, context);
	kernel_view_free(view);
	return failure;
}

static void add(struct attached_process *process, int fd, const struct attach_socket *socket,
		void *context)
{
	struct attached_before *before = context;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	before->open++;
	before->close_wait += socket->state == KERNEL_CLOSE_WAIT;
	if (!attached_join(process, fd, socket, 0, now))
		attached_adopt(process, fd, socket, SOURCE_BEFORE, now);
}

int attached_take_before(struct attached_process *process, struct attached_before *before)
{
	*before = (struct attached_before){ .open = 0 };
	return attached_each_open(process, 0, add, before);
}
