/* SPDX-License-Identifier: MIT */
/*
 * The part of a look that lists descriptors one by one: are they what the recording says, does
 * epoll watch them, and who else holds what the process has closed.
 */
#ifndef FINLEAK_OBSERVE_HOLDERS_H
#define FINLEAK_OBSERVE_HOLDERS_H

#include "analyzer/observer/observe_process.h"

/* One process of the sample. */
struct observed_process {
	int pid;
	struct recording *recording;
	struct observation *observation;
};

/*
 * Would listing tell more of PROCESSES (COUNT, by pid)? Something is stuck in them, or was closed
 * by one while LOOK shows it in CLOSE_WAIT still.
 */
bool observe_holders_wanted(const struct sample *sample, const struct observed_process *processes,
			    size_t count);

/* Lists, and completes their observations. */
void observe_holders(const struct sample *sample, const struct observed_process *processes,
		     size_t count);

#endif
