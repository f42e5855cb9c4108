/* SPDX-License-Identifier: MIT */
/* Events that were lost: each is counted in a recording. */
#ifndef FINLEAK_ATTACH_LOSSES_H
#define FINLEAK_ATTACH_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/attach/attached_process.h"

struct attach_losses {
	uint64_t strangers; /* events of processes whose birth was lost and that have ended */
	uint64_t counted;   /* in recordings */
	struct attached_process *ended; /* one that has: losses may be found when all have */
};

/*
 * Counts what was lost and has not been counted yet: IN_KERNEL events so far, and those of
 * strangers. It may have been anybody's: one of PROCESSES counts it, all know of it. Returns
 * whether there was something.
 */
bool attach_losses_take(struct attach_losses *losses, uint64_t in_kernel,
			struct attached_process *processes);

/* PROCESS, which has ended, is freed now or later. */
void attach_losses_bury(struct attach_losses *losses, struct attached_process *process);

/* Frees what was kept. */
void attach_losses_clear(struct attach_losses *losses);

#endif
