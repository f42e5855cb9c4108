/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t kernel_namespace_of(int pid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
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
	int failure;
};

static void *visit_namespace(void *context)
{
	struct visit *visit = context;
	char path[64];
	int namespace;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", visit->pid);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0) {
		visit->failure = errno;
		return NULL;
	}
	if (setns(namespace, CLONE_NEWNET) == 0)
		visit->diagnosis = open_here();
	if (!visit->diagnosis)
		visit->failure = errno;
	close(namespace);
	return NULL;
}

struct mnl_socket *kernel_namespace_open(int pid)
{
	struct visit visit = { .pid = pid };
	pthread_t thread;
	int failure;

	if (pid == 0)
		return open_here();
	/* A socket stays in the namespace it was opened in. The thread that went there has no way
	 * back where it is not allowed to enter ours, so it ends. */
	failure = pthread_create(&thread, NULL, visit_namespace, &visit);
	if (!failure)
		failure = pthread_join(thread, NULL);
	errno = failure ? failure : visit.failure;
	return visit.diagnosis;
}
