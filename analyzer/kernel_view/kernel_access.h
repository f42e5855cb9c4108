/* SPDX-License-Identifier: MIT */
/* What it takes to look at other processes, and what to say where that is refused. */
#ifndef FINLEAK_KERNEL_ACCESS_H
#define FINLEAK_KERNEL_ACCESS_H

#include <stdbool.h>

#include "analyzer/kernel_view/kernel_process.h"

/* One line on stderr where PROCESS could not be looked at. Returns whether that is so. */
bool kernel_access_complain(const struct kernel_process *process);

/* A copy of each stuck descriptor is open for a moment, and reports need some of their own. */
void kernel_access_raise_descriptor_limit(void);

#endif
