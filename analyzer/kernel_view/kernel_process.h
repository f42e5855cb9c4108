/* SPDX-License-Identifier: MIT */
/* Who a running process is, by /proc. */
#ifndef FINLEAK_KERNEL_PROCESS_H
#define FINLEAK_KERNEL_PROCESS_H

#include <sys/types.h>

#include "analyzer/kernel_view/kernel_holders.h"

struct kernel_process {
	int pid;
	int parent_pid;
	uid_t uid;          /* effective */
	char *executable;   /* "" unknown: a kernel thread, or somebody else's process */
	char *command;      /* arguments joined by blanks; its name where it has none */
	uint64_t namespace; /* the inode of its network namespace; 0 unknown */
	uint64_t descriptor_limit;
	double start_ms; /* since boot, rounded up to a clock tick */
	double age_ms;   /* when it was read */
	struct kernel_descriptors descriptors;
	int failure;           /* the errno that kept us from its descriptors; 0 none */
	int namespace_failure; /* ... from its network namespace */
	bool from_outside;     /* that was looked at by /proc alone */
	bool ended;            /* while it was looked at */
	bool epoll_read;
	int epoll_failure; /* ... from one of its interest lists */
	uint64_t refused;  /* TCP sockets in no table that could not be looked at */
};

/*
 * Fills PROCESS, descriptors and failures left out. Returns 0, or ESRCH where there is no PID: then
 * its texts are empty.
 */
int kernel_process_read(struct kernel_process *process, int pid);
void kernel_process_clear(struct kernel_process *process);

/*
 * When PID was started, ms since boot, rounded up to a clock tick (10 ms); its execs don't count.
 * Where there is no such process: now.
 */
double kernel_process_start_ms(int pid);

/* Has the process of PROCESS ended (also where another one has its PID by now)? */
bool kernel_process_ended(const struct kernel_process *process);

/* The pids of all processes but our own, ascending; *count of them. The caller frees them. */
int *kernel_process_pids(size_t *count);

#endif
