/* SPDX-License-Identifier: MIT */
/* /proc/PID/stat: proc_pid_stat(5). */
#ifndef FINLEAK_PROC_STAT_H
#define FINLEAK_PROC_STAT_H

#include <stdbool.h>

struct proc_stat {
	char command[64]; /* as the kernel has it: cut, and any bytes */
	char state;
	int parent;
	unsigned long long processor_ticks; /* used by it, in clock ticks */
	unsigned long long start_ticks;     /* after the boot, rounded down */
	unsigned long long
		stack_start; /* where its stack begins; 0: the reader has no right to it */
};

/* False: there is no such process. */
bool proc_stat_read(struct proc_stat *stat, int pid);

/* Has process PID, of STAT, ended with all its threads, and waits for its parent? */
bool proc_stat_has_ended(const struct proc_stat *stat, int pid);

#endif
