/* SPDX-License-Identifier: MIT */
/* Access to sock_diag in the network namespaces of other processes. */
#ifndef FINLEAK_KERNEL_NAMESPACE_H
#define FINLEAK_KERNEL_NAMESPACE_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/kernel_view/kernel_tuning.h"

struct mnl_socket;

struct kernel_namespace {
	uint64_t inode;
	struct mnl_socket *diagnosis; /* NETLINK_SOCK_DIAG in it, bound; NULL: refused */
	int pid;                      /* lives in it */
	int failure;                  /* errno, if the kernel refused something; else 0 */
	struct kernel_tuning tuning;  /* as it was when the namespace was entered */
	uint64_t time_wait;           /* by unowned_sockets_count_unattributed() */
};

/* The namespaces entered so far, each once. */
struct kernel_namespaces {
	struct kernel_namespace *list;
	size_t count;
};

/* The inode of the network namespace of PID; 0 with errno on failure. */
uint64_t kernel_namespace_of(int pid);

/*
 * The namespace INODE of NAMESPACES. A new one is entered through PID, a process that lives in it.
 * The pointer holds until the next call; end all with kernel_namespaces_clear.
 */
struct kernel_namespace *kernel_namespaces_enter(struct kernel_namespaces *namespaces,
						 uint64_t inode, int pid);

/* The namespace INODE of NAMESPACES; NULL if it was not entered. */
const struct kernel_namespace *kernel_namespaces_find(const struct kernel_namespaces *namespaces,
						      uint64_t inode);
void kernel_namespaces_clear(struct kernel_namespaces *namespaces);

#endif
