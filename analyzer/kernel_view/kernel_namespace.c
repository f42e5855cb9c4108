/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_task.h"

uint64_t kernel_namespace_of(int pid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", proc_task(pid));
	return stat(path, &status) == 0 ? status.st_ino : 0;
}

static struct mnl_socket *open_here(void)
{
	struct mnl_socket *diagnosis = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	int failure;

	if (!diagnosis)
		return NULL;
	if (mnl_socket_bind(diagnosis, 0, MNL_SOCKET_AUTOPID) == 0)
		return diagnosis;
	failure = errno;
	mnl_socket_close(diagnosis);
	errno = failure;
	return NULL;
}

struct visit {
	int pid;
	struct mnl_socket *diagnosis;
	struct kernel_tuning *tuning;
	int failure;
};

static void *visit_namespace(void *context)
{
	struct visit *visit = context;
	char path[64];
	int netns;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", proc_task(visit->pid));
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0) {
		visit->failure = errno;
		return NULL;
	}
	if (setns(netns, CLONE_NEWNET) == 0) {
		kernel_tuning_read(visit->tuning);
		visit->diagnosis = open_here();
	}
	if (!visit->diagnosis)
		visit->failure = errno;
	close(netns);
	return NULL;
}

/*
 * A NETLINK_SOCK_DIAG socket in the network namespace of PID (0: our own), whose sysctls go to
 * TUNING; NULL with errno.
 */
static struct mnl_socket *open_in(int pid, struct kernel_tuning *tuning)
{
	struct visit visit = { .pid = pid, .tuning = tuning };
	pthread_t thread;
	int failure;

	kernel_tuning_clear(tuning);
	if (pid == 0) {
		kernel_tuning_read(tuning);
		return open_here();
	}
	/* A socket stays in the namespace it was opened in. Its thread may not be allowed back
	 * into ours, so it ends. */
	failure = pthread_create(&thread, NULL, visit_namespace, &visit);
	if (!failure)
		failure = pthread_join(thread, NULL);
	errno = failure ? failure : visit.failure;
	return visit.diagnosis;
}

static struct kernel_namespace *find(const struct kernel_namespaces *namespaces, uint64_t inode)
{
	size_t i;

	for (i = 0; i < namespaces->count; i++)
		if (namespaces->list[i].inode == inode)
			return &namespaces->list[i];
	return NULL;
}

const struct kernel_namespace *kernel_namespaces_find(const struct kernel_namespaces *namespaces,
						      uint64_t inode)
{
	return find(namespaces, inode);
}

struct kernel_namespace *kernel_namespaces_enter(struct kernel_namespaces *namespaces,
						 uint64_t inode, int pid)
{
	struct kernel_namespace *netns = find(namespaces, inode);

	if (netns)
		return netns;
	netns = allocate_next(&namespaces->list, namespaces->count, sizeof(*netns));
	namespaces->count++;
	netns->inode = inode;
	netns->pid = pid;
	netns->diagnosis =
		open_in(inode == kernel_namespace_of((int)getpid()) ? 0 : pid, &netns->tuning);
	if (!netns->diagnosis)
		netns->failure = errno;
	return netns;
}

void kernel_namespaces_clear(struct kernel_namespaces *namespaces)
{
	size_t i;

	for (i = 0; i < namespaces->count; i++)
		if (namespaces->list[i].diagnosis)
			mnl_socket_close(namespaces->list[i].diagnosis);
	free(namespaces->list);
	*namespaces = (struct kernel_namespaces){ 0 };
}
