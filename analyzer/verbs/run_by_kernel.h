/* SPDX-License-Identifier: MIT */
/* `finleak run` by the recorder in the kernel. */
#ifndef FINLEAK_RUN_BY_KERNEL_H
#define FINLEAK_RUN_BY_KERNEL_H

#include <stddef.h>

#include "analyzer/launch/launch.h"
#include "analyzer/options/options.h"

/*
 * Is the program of ARGV one for the recorder in the kernel, by --recorder? WHY (SIZE bytes) gets
 * what makes it so, as "FILE is ..."; "": --recorder does.
 */
bool run_by_kernel_wanted(const struct options *options, char *const *argv, char *why, size_t size);

/*
 * Runs the program, with recordings in LAUNCH's folder, as launch_program() does; WHY is as in
 * run_by_kernel_wanted(). False with one line in REASON: the kernel does not let finleak record,
 * and nothing was started. Else *status is the exit status.
 */
bool run_by_kernel(const struct options *options, const struct launch_options *launch,
		   const char *why, struct launch_outcome *outcome, int *status, char *reason,
		   size_t size);

#endif
