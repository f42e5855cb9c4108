/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"
#include "analyzer/kernel_view/kernel_unowned.h"
#include "analyzer/kernel_view/kernel_proc_net.h"

static int by_pid(const void *left, const void *right)
{
	int a = *(const int *)left, b = *(const int *)right;

	return a < b ? -1 : a > b;
}

/* From sock_diag; if we may not enter NETNS, from /proc. */
static int add_sockets(struct kernel_sockets *sockets, const struct kernel_namespace *netns,
		       uint32_t states)
{
	if (netns->diagnosis)
		return kernel_sockets_add(sockets, netns->diagnosis, netns->inode, states);
	return kernel_proc_net_add(sockets, netns->pid, netns->inode, states);
}

/* Each namespace once. */
static void sample_sockets(struct kernel_view *view, uint32_t states)
{
	size_t i;

	for (i = 0; i < view->process_count; i++) {
		struct kernel_process *process = &view->processes[i];
		size_t known = view->namespaces.count;
		struct kernel_namespace *netns;

		if (process->failure || !process->namespace)
			continue;
		netns = kernel_namespaces_enter(&view->namespaces, process->namespace,
						process->pid);
		if (view->namespaces.count > known)
			netns->failure = add_sockets(&view->sockets, netns, states);
		process->namespace_failure = netns->failure;
		process->from_outside = !netns->diagnosis;
	}
	kernel_sockets_sort(&view->sockets);
	kernel_listeners_find(&view->listeners, &view->sockets);
	unowned_sockets_count_unattributed(&view->namespaces, &view->sockets, &view->listeners);
}

static void read_descriptors(struct kernel_view *view, bool all)
{
	size_t kept = 0, i;

	for (i = 0; i < view->process_count; i++) {
		struct kernel_process *process = &view->processes[i];

		if (!process->failure)
			process->failure = kernel_holders_add(&view->holdings,
							      &process->descriptors, process->pid);
		if (all && process->failure) {
			view->elsewhere += process->failure != ESRCH;
			kernel_process_clear(process);
			continue;
		}
		view->processes[kept++] = *process;
	}
	view->process_count = kept;
	kernel_holders_sort(&view->holdings);
}

/* Sockets that are held and in no table, each once. */
static void ask_unlisted(struct kernel_view *view)
{
	int pidfd = -1, pid = 0;
	size_t i;

	for (i = 0; i < view->holdings.count; i++) {
		const struct kernel_holding *holding = &view->holdings.list[i];
		struct kernel_unlisted unlisted;

		if (i && holding[-1].inode == holding->inode)
			continue;
		/* The process ended while its descriptors were read. */
		if (!kernel_view_process(view, holding->pid))
			continue;
		if (kernel_sockets_of_inode(&view->sockets, holding->inode))
			continue;
		if (pid != holding->pid) {
			if (pidfd >= 0)
				close(pidfd);
			pid = holding->pid;
			pidfd = kernel_unlisted_open(pid);
		}
		switch (kernel_unlisted_fill(&unlisted, pidfd, holding)) {
		case UNLISTED_SEEN:
			*(struct kernel_unlisted *)allocate_next(
				&view->unlisted, view->unlisted_count, sizeof(unlisted)) = unlisted;
			view->unlisted_count++;
			break;
		case UNLISTED_REFUSED:
			kernel_view_process(view, pid)->refused++;
			break;
		default:
			break;
		}
	}
	if (pidfd >= 0)
		close(pidfd);
}

struct kernel_view *kernel_view_sample(const int *pids, size_t count)
{
	return kernel_view_sample_states(pids, count, KERNEL_ALL_STATES);
}

struct kernel_view *kernel_view_sample_states(const int *pids, size_t count, uint32_t states)
{
	struct kernel_view *view = allocate_zeroed(1, sizeof(*view));
	bool all = count == 0;
	int *chosen = NULL;
	size_t i;

	if (all) {
		chosen = kernel_process_pids(&count);
	} else {
		chosen = allocate_zeroed(count, sizeof(*chosen));
		memcpy(chosen, pids, count * sizeof(*chosen));
		qsort(chosen, count, sizeof(*chosen), by_pid);
	}
	for (i = 0; i < count; i++) {
		struct kernel_process process;
		int failure;

		if (i && chosen[i] == chosen[i - 1])
			continue;
		failure = kernel_process_read(&process, chosen[i]);
		process.failure = failure;
		if (all && failure)
			continue;
		*(struct kernel_process *)allocate_next(&view->processes, view->process_count,
							sizeof(process)) = process;
		view->process_count++;
	}
	free(chosen);
	read_descriptors(view, all);
	sample_sockets(view, states);
	ask_unlisted(view);
	return view;
}

void kernel_view_free(struct kernel_view *view)
{
	size_t i;

	for (i = 0; i < view->process_count; i++)
		kernel_process_clear(&view->processes[i]);
	kernel_namespaces_clear(&view->namespaces);
	free(view->processes);
	kernel_sockets_clear(&view->sockets);
	kernel_listeners_clear(&view->listeners);
	free(view->holdings.list);
	free(view->unlisted);
	free(view->interests.list);
	free(view);
}

void kernel_view_sample_again(const struct kernel_view *view, struct kernel_sockets *again)
{
	size_t i;

	*again = (struct kernel_sockets){ 0 };
	for (i = 0; i < view->namespaces.count; i++)
		add_sockets(again, &view->namespaces.list[i], KERNEL_STATE_BIT(KERNEL_CLOSE_WAIT));
	kernel_sockets_sort(again);
}

bool kernel_view_unlisted_stays(struct kernel_unlisted *unlisted)
{
	int pidfd = kernel_unlisted_open(unlisted->holding.pid);
	struct kernel_unlisted now;
	bool stays;

	stays = kernel_unlisted_fill(&now, pidfd, &unlisted->holding) == UNLISTED_SEEN &&
		now.cookie == unlisted->cookie && now.state == unlisted->state &&
		now.segments_in == unlisted->segments_in;
	if (pidfd >= 0)
		close(pidfd);
	if (stays)
		*unlisted = now;
	return stays;
}

void kernel_view_read_interests(struct kernel_view *view, struct kernel_process *process)
{
	size_t i;

	if (process->epoll_read)
		return;
	process->epoll_read = true;
	for (i = 0; i < process->descriptors.epoll_count; i++) {
		int failure = kernel_epoll_add(&view->interests, process->pid,
					       process->descriptors.epolls[i]);

		/* Closed meanwhile: it waits for nothing. */
		if (failure && failure != ESRCH)
			process->epoll_failure = failure;
	}
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

void kernel_view_find_holders(struct kernel_view *view, const uint32_t *inodes, size_t count)
{
	struct kernel_holdings others = { 0 };
	size_t pid_count, i;
	int *pids = kernel_process_pids(&pid_count);

	for (i = 0; i < pid_count; i++)
		if (!kernel_view_process(view, pids[i]))
			kernel_holders_add(&others, NULL, pids[i]);
	for (i = 0; i < others.count; i++) {
		const struct kernel_holding *holding = &others.list[i];

		if (!bsearch(&holding->inode, inodes, count, sizeof(*inodes), by_number))
			continue;
		*(struct kernel_holding *)allocate_next(&view->holdings.list, view->holdings.count,
							sizeof(*holding)) = *holding;
		view->holdings.count++;
	}
	free(others.list);
	free(pids);
	kernel_holders_sort(&view->holdings);
}

static bool has_lower_pid(const void *row, const void *pid)
{
	return ((const struct kernel_process *)row)->pid < *(const int *)pid;
}

struct kernel_process *kernel_view_process(const struct kernel_view *view, int pid)
{
	size_t place = rows_before(view->processes, view->process_count, sizeof(*view->processes),
				   has_lower_pid, &pid);

	if (place == view->process_count || view->processes[place].pid != pid)
		return NULL;
	return &view->processes[place];
}
