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
	default:
		return ROW_REPLACED;
	}
	if (unlisted->cookie != row->cookie)
		return ROW_REPLACED;
	if (unlisted->state != KERNEL_CLOSE)
		return ROW_ALIVE;
	return kernel_unlisted_was_connected(unlisted) ? ROW_ENDED : ROW_UNUSED;
}
