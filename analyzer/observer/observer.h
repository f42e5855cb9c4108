/* SPDX-License-Identifier: MIT */
/*
 * Looks at recorded processes while they run, at a beat, and keeps of each what the kernel showed.
 * The recordings tell which sockets a process has, so that a look costs one walk through the
 * kernel's table of sockets; the descriptors of processes are listed only where something is stuck,
 * and for no more than a twentieth of the time. Nothing is done to the processes.
 */
#ifndef FINLEAK_OBSERVER_H
#define FINLEAK_OBSERVER_H

#include "analyzer/recordings/observation.h"

/* A process to look at. */
struct observed_program {
	int pid;
	const char *path;                   /* of its recording */
	const struct observation *previous; /* where OBSERVER has none; may be NULL */
};

struct observer *observer_new(void);
void observer_free(struct observer *observer);

/*
 * Looks at COUNT processes, which are all that there are to look at from now on. THOROUGH: lists
 * descriptors whatever it costs, for who may not get another chance. Of a process that ends
 * meanwhile, what was seen before is kept.
 */
void observer_sample(struct observer *observer, const struct observed_program *programs,
		     size_t count, bool thorough);

/* Keeps the last look in files beside the recordings. Returns 0, or the errno of one that failed.
 */
int observer_keep(const struct observer *observer);

/*
 * What was seen of the process with the recording at PATH, for the caller to free; NULL nothing. To
 * OBSERVER the process is new from then on.
 */
struct observation *observer_take(struct observer *observer, const char *path);

#endif
