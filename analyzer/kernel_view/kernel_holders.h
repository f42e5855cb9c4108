/* SPDX-License-Identifier: MIT */
/* The descriptors of a process as /proc/PID/fd shows them. */
#ifndef FINLEAK_KERNEL_HOLDERS_H
#define FINLEAK_KERNEL_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PID has a socket open under the number FD. */
struct kernel_holding {
	uint32_t inode;
	int pid;
	int fd;
};

struct kernel_holdings {
	struct kernel_holding *list;
	size_t count;
};

/* What else a process has open. */
struct kernel_descriptors {
	uint64_t count; /* of all kinds */
	int *epolls;    /* numbers of epoll descriptors */
	size_t epoll_count;
	int *rings; /* of io_uring descriptors */
	size_t ring_count;
};

/*
 * Adds the sockets that PID has open to HOLDINGS and fills DESCRIPTORS. Returns 0 or an errno
 * (ESRCH: there is no such process). DESCRIPTORS may be NULL; else end it with
 * kernel_descriptors_clear.
 */
int kernel_holders_add(struct kernel_holdings *holdings, struct kernel_descriptors *descriptors,
		       int pid);
void kernel_descriptors_clear(struct kernel_descriptors *descriptors);

/* How many descriptors PID has open; 0 unknown. */
uint64_t kernel_descriptor_count(int pid);

/* Sorts by inode, pid and number, which kernel_holders_of_inode needs. */
void kernel_holders_sort(struct kernel_holdings *holdings);

/* The first of the *COUNT holdings of INODE; NULL with 0. */
const struct kernel_holding *kernel_holders_of_inode(const struct kernel_holdings *holdings,
						     uint32_t inode, size_t *count);

#endif
