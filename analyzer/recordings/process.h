/* SPDX-License-Identifier: MIT */
/* A recorded process: its recording, what became of it, its relatives. */
#ifndef FINLEAK_PROCESS_H
#define FINLEAK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/clock.h"
#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"

enum process_state {
	PROCESS_RUNNING, /* the recording has no end and is mapped by its process; or finleak has
			    detached from it, which is as long as it is known of */
	PROCESS_EXITED,
	PROCESS_KILLED, /* no end, and nobody maps it */
	PROCESS_EXECED, /* another program took the process over */
};

/* One process image, which has one recording. */
struct process {
	struct recording *recording;
	enum process_state state;
	uint64_t end_ns; /* CLOCK_MONOTONIC; running: when it was read */
	bool end_known;  /* false: killed unseen, end_ns is a lower bound */
	/* PROCESS_KILLED: when it sent itself the signal that ended it; 0: that came from others */
	uint64_t own_signal_ns;
	/* Times, pids and cookies of different boots have nothing to do with one another. */
	unsigned int boot;

	const struct process *parent;      /* NULL: not among the recordings */
	const struct process *predecessor; /* the image that exec replaced by this one */
	const struct process *successor;
	size_t heirs_found;              /* forked children among the recordings */
	uint64_t heirs_under_way;        /* ... that live and may make theirs yet */
	struct observation *observation; /* what the kernel showed of it; NULL: it was not asked */
};

/*
 * Did exec, which replaced the image of PROCESS, close the socket of ROW? False: another image has
 * it, or that is not known. Samples of later times are of that image.
 */
bool process_lost_by_exec(const struct process *process, const struct recorded_socket *row);

/* "running", "exited", "killed", "execed" */
const char *process_state_name(enum process_state state);

/* Did PROCESS end of its own accord, by an exit or by a signal that it sent itself? */
bool process_ended_itself(const struct process *process);

#endif
