/* SPDX-License-Identifier: MIT */
/*
 * Whether a signal was sent to finleak alone or to its whole process group: a child of finleak that
 * stays in the group, blocks every signal and does nothing. What is pending there was sent to the
 * group (kill -- -PGID, a terminal), or to every process of a control group (systemd), and so has
 * reached PROGRAM as well.
 */
#ifndef FINLEAK_GROUP_WITNESS_H
#define FINLEAK_GROUP_WITNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct group_witness {
	pid_t pid;     /* 0: there is none, and nothing is known */
	uint64_t seen; /* signals that an earlier witness got and nobody has asked for; bit N - 1 */
};

/* Starts WITNESS. Without a process for it, or without /proc, the witness knows nothing. */
void group_witness_begin(struct group_witness *witness);
void group_witness_end(struct group_witness *witness);

/* Does WITNESS know? */
bool group_witness_knows(const struct group_witness *witness);

/*
 * Has the group got SIGNAL since the last time this was true of SIGNAL? The kernel signals the
 * newest process of a group first: what has reached finleak has reached the witness before.
 */
bool group_witness_got(struct group_witness *witness, int signal);

#endif
