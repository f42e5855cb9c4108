/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_unlisted.h"

#include <unistd.h>

#include "analyzer/kernel_view/kernel_sockets.h"

static int pidfd_of(struct unlisted_source *source)
{
	if (!source->asked)
		source->pidfd = kernel_unlisted_open(source->pid);
	source->asked = true;
	return source->pidfd;
}

void unlisted_source_clear(struct unlisted_source *source)
{
	if (source->pidfd >= 0)
		close(source->pidfd);
}

bool observe_unlisted_open(struct unlisted_source *source, struct kernel_unlisted *unlisted, int fd)
{
	const struct kernel_holding holding = { .pid = source->pid, .fd = fd };

	return kernel_unlisted_fill(unlisted, pidfd_of(source), &holding) == UNLISTED_SEEN;
}

void observed_take_ended(struct observed_socket *socket, const struct kernel_unlisted *unlisted,
			 bool accepted)
{
	socket->state = unlisted->state;
	socket->bytes_sent = unlisted->bytes_sent;
	socket->quiet_ms = unlisted->quiet_ms;
	socket->local = unlisted->local;
	socket->flags |= OBSERVED_CONFIRMED;
	if (!kernel_unlisted_was_connected(unlisted))
		return;
	socket->flags |= OBSERVED_CONNECTED;
	if (kernel_unlisted_fin_acked(unlisted, accepted))
		socket->flags |= OBSERVED_FIN_SENT;
	if (unlisted->error_pending)
		socket->flags |= OBSERVED_ERROR_PENDING;
}

enum unlisted_row observe_unlisted(struct unlisted_source *source, struct kernel_unlisted *unlisted,
				   const struct recorded_socket *row, int fd)
{
	const struct kernel_holding holding = { .pid = source->pid, .fd = fd };

	*unlisted = (struct kernel_unlisted){ .quiet_ms = -1 };
	switch (kernel_unlisted_fill(unlisted, pidfd_of(source), &holding)) {
	case UNLISTED_SEEN:
		break;
	case UNLISTED_REFUSED:
		return ROW_REFUSED;
	case UNLISTED_NOT_TCP:
		return kernel_unlisted_is(pidfd_of(source), &holding, row->cookie) ? ROW_STOOD_IN
										   : ROW_REPLACED;
	default:
		return ROW_REPLACED;
	}
	if (unlisted->cookie != row->cookie)
		return ROW_REPLACED;
	if (unlisted->state != KERNEL_CLOSE)
		return ROW_ALIVE;
	return kernel_unlisted_was_connected(unlisted) ? ROW_ENDED : ROW_UNUSED;
}
