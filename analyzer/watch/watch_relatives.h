/* SPDX-License-Identifier: MIT */
/* The recordings of one process and its relatives, in a folder that may have many more. */
#ifndef FINLEAK_WATCH_RELATIVES_H
#define FINLEAK_WATCH_RELATIVES_H

#include "analyzer/recordings/recordings.h"

struct watch_relatives {
	/* Private: sorted names of recordings of unrelated processes. */
	char **strangers;
	size_t stranger_count;
};

/*
 * Reads the recording PATH and those in its folder whose processes descend from one another by fork
 * or exec; strangers are remembered in RELATIVES (zeroed at first), so that they are read only
 * once.
 */
struct recordings *watch_relatives_read(struct watch_relatives *relatives, const char *path);
void watch_relatives_clear(struct watch_relatives *relatives);

#endif
