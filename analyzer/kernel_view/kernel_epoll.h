/* SPDX-License-Identifier: MIT */
/* The interest lists of epoll descriptors as /proc/PID/fdinfo shows them. */
#ifndef FINLEAK_KERNEL_EPOLL_H
#define FINLEAK_KERNEL_EPOLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Epoll descriptor EPOLL of process PID is registered for EVENTS of descriptor FD. */
struct kernel_interest {
	uint32_t inode;
	int pid;
	int epoll;
	int fd;
	uint32_t events; /* of epoll_ctl(); a disarmed EPOLLONESHOT leaves only flags */
};

struct kernel_interests {
	struct kernel_interest *list;
	size_t count;
};

/*
 * What epoll reports of a socket whose peer has closed, to any of its holders. Observations keep it
 * as a number: EPOLL_REPORTED is the greatest that kernel_facts.c believes.
 */
enum epoll_readiness {
	EPOLL_UNKNOWN,   /* an interest list could not be read, or io_uring may watch the socket */
	EPOLL_UNWATCHED, /* in no epoll set */
	EPOLL_PAUSED,    /* in a set, but registered neither for reading nor for the end */
	EPOLL_REPORTED,  /* registered for it: epoll_wait() reports the end */
};

/*
 * Reads one line of fdinfo, "tfd: 7 events: 2019 data: 7 pos:0 ino:2b1c sdev:9", into fd, events
 * and inode. Returns false for any other line, and for a file outside file system SOCKET_DEVICE (0:
 * any). Lines of kernels before 4.12 have no inode: false.
 */
bool kernel_epoll_parse(struct kernel_interest *interest, const char *line, uint64_t socket_device);

/* Adds the interest list of descriptor EPOLL of PID. Returns 0 or an errno. */
int kernel_epoll_add(struct kernel_interests *interests, int pid, int epoll);

/* Sorts by inode, pid and epoll descriptor, which kernel_interests_of_inode needs. */
void kernel_interests_sort(struct kernel_interests *interests);

/* The first of the *COUNT interests in INODE; NULL with 0. */
const struct kernel_interest *kernel_interests_of_inode(const struct kernel_interests *interests,
							uint32_t inode, size_t *count);

/*
 * The interest that decides what epoll reports of INODE: the first that is registered for reading
 * or for the end, else the first of all. NULL: INODE is in no set.
 */
const struct kernel_interest *kernel_interests_deciding(const struct kernel_interests *interests,
							uint32_t inode);

/*
 * What a socket's deciding interest (NULL: none was found) reports of its end. COMPLETE: every
 * interest list that may have the socket was read, so that none found means that there is none.
 */
enum epoll_readiness kernel_epoll_readiness(const struct kernel_interest *deciding, bool complete);

/* EVENTS as the kernel keeps them once it has reported one: EPOLLONESHOT is disarmed. */
uint32_t kernel_epoll_after_report(uint32_t events);

/* "IN|RDHUP|ET", "nothing"; into TEXT of SIZE bytes. */
void kernel_epoll_name(char *text, size_t size, uint32_t events);

#endif
