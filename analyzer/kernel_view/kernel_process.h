/* SPDX-License-Identifier: MIT */
/* The identity of a running process, from /proc. */
#ifndef FINLEAK_KERNEL_PROCESS_H
#define FINLEAK_KERNEL_PROCESS_H

#include <sys/types.h>

#include "analyzer/kernel_view/kernel_holders.h"

struct kernel_process {
	int pid;
	int parent_pid;
	uid_t uid;          /* effective */
	char *executable;   /* "" unknown: a kernel thread, or another user's process */
	char *command;      /* arguments joined by blanks; if there are none, its name */
	uint64_t namespace; /* the inode of its network namespace; 0 unknown */
	uint64_t descriptor_limit;
	double start_ms; /* since boot, rounded up to a clock tick */
	double age_ms;   /* when it was read */
	struct kernel_descriptors descriptors;
	int failure;           /* errno of reading its descriptors; 0 none */
	int namespace_failure; /* errno of entering its network namespace; 0 none */
	bool from_outside;     /* its namespace was read from /proc only */
	bool ended;            /* while it was examined */
	bool epoll_read;       /* its interest lists were read */
	int epoll_failure;     /* errno of one of them; 0 none */
	uint64_t refused;      /* TCP sockets in no table of which we got no copy */
};

/*
 * Fills PROCESS, except for descriptors and failures. Returns 0, or ESRCH if there is no process
 * PID: then its texts are empty.
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

/* If PID is a `finleak run`, the program that it runs; else PID. */
int kernel_process_program(int pid);

/* Does PID run the file that we run? */
bool kernel_process_is_finleak(int pid);

/*
 * Has PID, a process or a thread, begun to end, or is it gone? From then on its memory, its
 * descriptors and its sockets go, in this order, and while they do they can't be examined: whoever
 * has found one missing asks this afterwards.
 */
bool kernel_process_is_exiting(int pid);

/* Does PID write a core dump? It stands still since a signal ended it. */
bool kernel_process_dumps_core(int pid);

/* Does PID descend from ANCESTOR, by the current parents? */
bool kernel_process_descends_from(int pid, int ancestor);

/* Adds the sockets that all processes but our own have open to HOLDINGS, and sorts them. */
void kernel_process_all_holdings(struct kernel_holdings *holdings);

/* The pids of all processes but our own, ascending; *count of them. The caller frees them. */
int *kernel_process_pids(size_t *count);

#endif
