/* SPDX-License-Identifier: MIT */
/*
 * Samples recorded processes while they run and keeps an observation of each. The recordings say
 * which sockets a process has, so that a sample costs one walk through the kernel's table of
 * sockets. Descriptors are listed only if something is stuck, for at most a twentieth of the time.
 * The processes are not affected.
 */
#ifndef FINLEAK_OBSERVER_H
#define FINLEAK_OBSERVER_H

#include "analyzer/recordings/observation.h"

/* A process to sample. */
struct observed_program {
	int pid;
	const char *path;                   /* of its recording */
	bool unrecorded;                    /* ... which it did not make (stand_in.h) */
	const struct observation *previous; /* used if OBSERVER has none; may be NULL */
};

/* Frees COUNT PROGRAMS with their paths. */
void observed_programs_free(struct observed_program *programs, size_t count);

struct observer *observer_new(void);
void observer_free(struct observer *observer);

/*
 * Samples COUNT processes; all others are forgotten. THOROUGH: lists descriptors whatever it costs,
 * for a sample that may be the last. Of a process that ends meanwhile the observation before is
 * kept.
 */
void observer_sample(struct observer *observer, const struct observed_program *programs,
		     size_t count, bool thorough);

/* The CPU time of a sample, ns: without counting TIME_WAIT, which has its own limit. */
uint64_t observer_cost_ns(const struct observer *observer);

/* Writes the observations beside the recordings. Returns 0, or the errno of one that failed. */
int observer_keep(const struct observer *observer);

/*
 * The observation of the process with the recording at PATH; NULL none. The caller frees it, and
 * OBSERVER forgets the process.
 */
struct observation *observer_take(struct observer *observer, const char *path);

#endif
