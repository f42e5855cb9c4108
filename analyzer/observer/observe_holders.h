/* SPDX-License-Identifier: MIT */
/*
 * The part of a sample that lists descriptors one by one: whether they are what the recording has,
 * whether epoll watches them, and who else holds what the process has closed.
 */
#ifndef FINLEAK_OBSERVE_HOLDERS_H
#define FINLEAK_OBSERVE_HOLDERS_H

#include "analyzer/observer/observe_process.h"

/* One process of the sample. */
struct observed_process {
	int pid;
	struct recording *recording;
	const struct observation *previous; /* NULL none */
	struct observation *observation;
};

/*
 * Is it worth listing the descriptors of PROCESSES (COUNT, by pid)? Something is stuck in them, or
 * was closed by one while SAMPLE shows it in CLOSE_WAIT.
 */
bool observe_holders_wanted(const struct sample *sample, const struct observed_process *processes,
			    size_t count);

/* Lists descriptors and completes the observations of PROCESSES. */
void observe_holders(const struct sample *sample, const struct observed_process *processes,
		     size_t count);

#endif
