/* SPDX-License-Identifier: MIT */
/* `finleak run` by the recorder in the kernel. */
#ifndef FINLEAK_RUN_BY_KERNEL_H
#define FINLEAK_RUN_BY_KERNEL_H

#include <stddef.h>

#include "analyzer/launch/launch.h"
#include "analyzer/options/options.h"

/*
 * Is LAUNCH's program one for the recorder in the kernel, by --recorder? PREFLIGHT is the exit
 * status that launch_preflight() gave: 0 or 125.
 */
bool run_by_kernel_wanted(const struct options *options, const struct launch_options *launch,
			  int preflight);

/*
 * Runs the program, with recordings in LAUNCH's folder, as launch_program() does. False with one
 * line in REASON: the kernel does not let finleak record, and nothing was started. Else *status
 * is the exit status.
 */
bool run_by_kernel(const struct options *options, const struct launch_options *launch,
		   struct launch_outcome *outcome, int *status, char *reason, size_t size);

#endif
