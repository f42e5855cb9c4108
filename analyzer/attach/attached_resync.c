/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_resync.h"

#include <stdlib.h>

#include "analyzer/kernel_view/kernel_holders.h"

static bool has(const struct kernel_holdings *holdings, int fd, uint32_t inode)
{
	size_t count, i;
	const struct kernel_holding *holding = kernel_holders_of_inode(holdings, inode, &count);

	for (i = 0; i < count; i++)
		if (holding[i].fd == fd)
			return true;
	return false;
}

void attached_resync(struct attached_process *process)
{
	struct kernel_holdings holdings = { .list = NULL };
	int fd;

	if (kernel_holders_add(&holdings, NULL, process->pid) != 0)
		return;
	kernel_holders_sort(&holdings);
	for (fd = descriptor_next(process->ledger, 0); fd >= 0;
	     fd = descriptor_next(process->ledger, fd + 1)) {
		uint32_t index = descriptor_get(process->ledger, fd).row;

		if (index != NO_ROW && index < process->row_room &&
		    !has(&holdings, fd, process->rows[index].inode))
			socket_lose(process->ledger, fd);
	}
	free(holdings.list);
}

void attached_resync_ended(struct attached_process *process)
{
	int fd;

	for (fd = descriptor_next(process->ledger, 0); fd >= 0 && fd < ATTACH_SAMPLED_MAX;
	     fd = descriptor_next(process->ledger, fd + 1)) {
		uint32_t index = descriptor_get(process->ledger, fd).row;

		if (index != NO_ROW &&
		    (!process->exit_ns ||
		     socket_row(process->ledger, index)->sampled_ns != process->exit_ns))
			socket_lose(process->ledger, fd);
	}
}
