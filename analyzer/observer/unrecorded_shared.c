/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/unrecorded_shared.h"

#include <stdlib.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_holders.h"
#include "analyzer/kernel_view/kernel_process.h"

/* Stuck for the first time: holders are searched once. */
static bool is_news(const struct observed_process *process, const struct observed_socket *socket)
{
	const struct observed_socket *before;

	if ((socket->origin != OBSERVED_UNRECORDED &&
	     socket->origin != OBSERVED_UNRECORDED_ACCEPTED) ||
	    !socket->inode || socket->state != KERNEL_CLOSE_WAIT)
		return false;
	before = observation_find(process->previous, socket->cookie);
	return before && before->state == socket->state && before->since_ns == before->sampled_ns;
}

static bool is_news_anywhere(const struct observed_process *processes, size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < processes[i].observation->socket_count; j++)
			if (is_news(&processes[i], &processes[i].observation->sockets[j]))
				return true;
	return false;
}

static bool is_observed(const struct observed_process *processes, size_t count, int pid)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (processes[i].pid == pid)
			return true;
	return false;
}

void unrecorded_shared_find(const struct observed_process *processes, size_t count)
{
	struct kernel_holdings all = { 0 };
	size_t i, j, k, holder_count;

	if (!is_news_anywhere(processes, count))
		return;
	/* What finleak itself was started with was inherited from there. */
	kernel_holders_add(&all, NULL, (int)getpid());
	kernel_process_all_holdings(&all);
	for (i = 0; i < count; i++) {
		struct observation *observation = processes[i].observation;

		for (j = 0; j < observation->socket_count; j++) {
			struct observed_socket *socket = &observation->sockets[j];
			const struct kernel_holding *holders;

			if (!is_news(&processes[i], socket))
				continue;
			holders = kernel_holders_of_inode(&all, socket->inode, &holder_count);
			for (k = 0; k < holder_count; k++)
				if (!is_observed(processes, count, holders[k].pid) &&
				    !kernel_process_descends_from(holders[k].pid, processes[i].pid))
					socket->origin = OBSERVED_UNRECORDED_SHARED;
		}
	}
	free(all.list);
}
