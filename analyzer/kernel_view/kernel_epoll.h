/* SPDX-License-Identifier: MIT */
/* The interest lists of epoll descriptors as /proc/PID/fdinfo shows them. */
#ifndef FINLEAK_KERNEL_EPOLL_H
#define FINLEAK_KERNEL_EPOLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An epoll descriptor of PID waits for EVENTS of what it knows by the number FD. */
struct kernel_interest {
	uint32_t inode;
	int pid;
	int epoll;
	int fd;
	uint32_t
		events; /* as epoll_ctl was given them; a consumed EPOLLONESHOT leaves only flags */
};

struct kernel_interests {
	struct kernel_interest *list;
	size_t count;
};

/* What epoll waits for on a socket, on behalf of any of its holders. */
enum epoll_readiness {
	EPOLL_UNKNOWN,   /* interest lists could not be read, or a ring may watch it */
	EPOLL_UNWATCHED, /* in no epoll set */
	EPOLL_PAUSED,    /* in one, but neither for its end nor for what there is to read */
	EPOLL_REPORTED,  /* the end was reported to the program */
};

/*
 * Reads one line of fdinfo, "tfd: 7 events: 2019 data: 7 pos:0 ino:2b1c sdev:9", into fd, events
 * and inode. Returns false where it is another line, or tells of a file outside file system
 * SOCKET_DEVICE (0: any). An old kernel's line has no inode: false.
 */
bool kernel_epoll_parse(struct kernel_interest *interest, const char *line, uint64_t socket_device);

/* Adds what descriptor EPOLL of PID waits for. Returns 0 or the errno that kept it from looking. */
int kernel_epoll_add(struct kernel_interests *interests, int pid, int epoll);

/* Sorts by inode, pid and epoll descriptor, which kernel_interests_of_inode needs. */
void kernel_interests_sort(struct kernel_interests *interests);

/* The first of the *COUNT interests in INODE; NULL with 0. */
const struct kernel_interest *kernel_interests_of_inode(const struct kernel_interests *interests,
							uint32_t inode, size_t *count);

/* Does EVENTS tell a program that its peer has closed, or that there is something to read? */
bool kernel_epoll_awaits_end(uint32_t events);

/* Is it asked for one report only (EPOLLONESHOT)? */
bool kernel_epoll_fires_once(uint32_t events);

/* "IN|RDHUP|ET", "nothing"; into TEXT of SIZE bytes. */
void kernel_epoll_name(char *text, size_t size, uint32_t events);

#endif
