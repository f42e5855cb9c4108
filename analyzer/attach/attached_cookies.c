/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_cookies.h"

#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_cookie.h"
#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/kernel_view/kernel_unlisted.h"

/* A copy of a descriptor costs system calls in a thread that has events to read. */
#define UNLISTED_MAX 256

/* The row of FD, an open one without a cookie; NULL: it has one, or FD is not tracked. */
static struct recorded_socket *nameless(const struct attached_process *process, int fd,
					uint32_t *inode)
{
	uint32_t index = descriptor_get(process->ledger, fd).row;
	struct recorded_socket *row;

	if (index == NO_ROW || index >= process->row_room)
		return NULL;
	row = socket_row(process->ledger, index);
	*inode = process->rows[index].inode;
	return row->cookie ? NULL : row;
}

static void name_listed(struct attached_process *process, const struct kernel_sockets *sockets)
{
	int fd;

	for (fd = descriptor_next(process->ledger, 0); fd >= 0;
	     fd = descriptor_next(process->ledger, fd + 1)) {
		const struct kernel_socket *found;
		struct recorded_socket *row;
		uint32_t inode;

		row = nameless(process, fd, &inode);
		found = row ? kernel_sockets_of_inode(sockets, inode) : NULL;
		if (found && !found->nameless)
			__atomic_store_n(&row->cookie, found->cookie, __ATOMIC_RELEASE);
	}
}

static void name_unlisted(struct attached_process *process)
{
	int pidfd = -1, fd, asked = 0;

	for (fd = descriptor_next(process->ledger, 0); fd >= 0 && asked < UNLISTED_MAX;
	     fd = descriptor_next(process->ledger, fd + 1)) {
		struct kernel_unlisted unlisted;
		struct kernel_holding holding = { .pid = process->pid, .fd = fd };
		struct recorded_socket *row = nameless(process, fd, &holding.inode);

		if (!row)
			continue;
		if (pidfd < 0)
			pidfd = kernel_unlisted_open(process->pid);
		if (pidfd < 0)
			return;
		asked++;
		if (kernel_unlisted_fill(&unlisted, pidfd, &holding) == UNLISTED_SEEN)
			__atomic_store_n(&row->cookie, unlisted.cookie, __ATOMIC_RELEASE);
	}
	if (pidfd >= 0)
		close(pidfd);
}

static bool has_nameless(const struct attached_process *process)
{
	uint32_t inode;
	int fd;

	if (!ledger_is_open(process->ledger))
		return false;
	for (fd = descriptor_next(process->ledger, 0); fd >= 0;
	     fd = descriptor_next(process->ledger, fd + 1))
		if (nameless(process, fd, &inode))
			return true;
	return false;
}

void attached_name_all(struct attached_process **processes, size_t count)
{
	struct kernel_namespaces namespaces = { .list = NULL };
	struct kernel_sockets sockets = { .list = NULL };
	bool *wanted = allocate_zeroed(count + 1, sizeof(*wanted));
	size_t i;

	for (i = 0; i < count; i++) {
		uint64_t inode =
			has_nameless(processes[i]) ? kernel_namespace_of(processes[i]->pid) : 0;
		size_t known = namespaces.count;
		const struct kernel_namespace *netns;

		if (!inode)
			continue;
		wanted[i] = true;
		netns = kernel_namespaces_enter(&namespaces, inode, processes[i]->pid);
		if (namespaces.count > known && netns->diagnosis)
			kernel_sockets_add(&sockets, netns->diagnosis, inode, KERNEL_LIVING_STATES);
	}
	kernel_sockets_sort(&sockets);
	for (i = 0; i < count; i++) {
		if (!wanted[i])
			continue;
		name_listed(processes[i], &sockets);
		name_unlisted(processes[i]);
	}
	kernel_sockets_clear(&sockets);
	kernel_namespaces_clear(&namespaces);
	free(wanted);
}

/* The namespace is asked for at each fork: it is entered once. */
static struct mnl_socket *diagnosis_of(const struct attached_process *process)
{
	static struct kernel_namespaces entered;
	uint64_t inode =
		process->namespace ? process->namespace : kernel_namespace_of(process->pid);

	return inode ? kernel_namespaces_enter(&entered, inode, process->pid)->diagnosis : NULL;
}

void attached_name_socket(struct attached_process *process, int fd)
{
	struct mnl_socket *diagnosis;
	struct recorded_socket *row;
	uint32_t inode;
	uint64_t cookie;

	row = nameless(process, fd, &inode);
	diagnosis = row ? diagnosis_of(process) : NULL;
	if (!diagnosis)
		return;
	cookie = kernel_cookie_of(diagnosis, &row->local, &row->peer, inode);
	if (cookie)
		__atomic_store_n(&row->cookie, cookie, __ATOMIC_RELEASE);
}

void attached_name_sockets(struct attached_process *process)
{
	int fd;

	for (fd = descriptor_next(process->ledger, 0); fd >= 0;
	     fd = descriptor_next(process->ledger, fd + 1))
		attached_name_socket(process, fd);
}

/* Does another process, or a ring, hold ROW's socket, as far as is known? */
static bool may_be_shared(const struct attached_process *process, const struct recorded_socket *row)
{
	return process->ledger->ring_may_hold || row->life & LIFE_SENT ||
	       row->source == SOURCE_FORK || row->source == SOURCE_EXEC ||
	       row->source == SOURCE_PASSED || row->opened_ns <= process->ledger->last_birth_ns;
}

void attached_name_shared_socket(struct attached_process *process, int fd)
{
	struct recorded_socket *row;
	uint32_t inode;

	row = nameless(process, fd, &inode);
	if (!row)
		return;
	attached_name_socket(process, fd);
	if (!row->cookie)
		__atomic_store_n(&row->cookie, recorded_inode_name(inode), __ATOMIC_RELEASE);
}

void attached_name_if_shared(struct attached_process *process, int fd)
{
	uint32_t inode;
	const struct recorded_socket *row = nameless(process, fd, &inode);

	if (row && may_be_shared(process, row))
		attached_name_shared_socket(process, fd);
}

void attached_name_shared(struct attached_process *process)
{
	int fd;

	for (fd = descriptor_next(process->ledger, 0); fd >= 0;
	     fd = descriptor_next(process->ledger, fd + 1))
		attached_name_if_shared(process, fd);
}
