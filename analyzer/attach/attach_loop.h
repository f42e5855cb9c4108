/* SPDX-License-Identifier: MIT */
/* Records until something ends it: takes events as they come, and samples now and then. */
#ifndef FINLEAK_ATTACH_LOOP_H
#define FINLEAK_ATTACH_LOOP_H

#include "analyzer/attach/attach_session.h"

struct attach_loop {
	struct attach_session *session;
	uint64_t observe_ns;  /* between samples; 0: none are taken */
	uint64_t min_held_ns; /* between the last two */
	uint64_t step_ns;     /* between samples now: short-lived programs are sampled, too */
	uint64_t due_ns;      /* the next sample */
};

/*
 * Records until UNTIL_NS (CLOCK_MONOTONIC; UINT64_MAX: no limit), until STOP, a descriptor (-1
 * none), is readable, or until no process is left. Returns whether STOP is readable.
 */
bool attach_loop_run(struct attach_loop *loop, uint64_t until_ns, int stop);

/* The last two samples: what is stuck is what both show. */
void attach_loop_finish(struct attach_loop *loop);

#endif
