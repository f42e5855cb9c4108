/* SPDX-License-Identifier: MIT */
/* The rights needed to examine other processes, and the messages where they are missing. */
#ifndef FINLEAK_KERNEL_ACCESS_H
#define FINLEAK_KERNEL_ACCESS_H

#include <stdbool.h>

#include "analyzer/kernel_view/kernel_process.h"

/* Prints one line on stderr if PROCESS could not be examined. Returns whether that is so. */
bool kernel_access_report(const struct kernel_process *process);

/* To the hard limit: each stuck descriptor is copied for a moment, and reports need some too. */
void kernel_access_raise_descriptor_limit(void);

#endif
