/* SPDX-License-Identifier: MIT */
/*
 * The descriptor table of the recording: number -> socket row, and where a duplicate was made.
 * A number belongs to at most one row; a row may have many numbers. All functions are signal-safe,
 * for any thread, within a visit; fd_table_get() also outside, where a stale answer does no harm
 * (in a child whose fork went unseen it is the parent's). Where there is no recording (yet) nothing
 * is tracked; only fd_table_put() needs one.
 */
#ifndef FINLEAK_FD_TABLE_H
#define FINLEAK_FD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define NO_ROW UINT32_MAX

struct fd_entry {
	uint32_t row;             /* NO_ROW: not tracked */
	uint32_t duplicate_stack; /* where this number was made as a duplicate; 0: it is none */
};

/* What FD refers to. */
struct fd_entry fd_table_get(int fd);

/* As fd_table_get, and FD is not tracked from then on. Of two callers one gets the entry. */
struct fd_entry fd_table_take(int fd);

/* FD refers to ENTRY from now on. False: no room (counted as lost). */
bool fd_table_put(int fd, struct fd_entry entry);

/* One more than the highest number ever tracked. */
int fd_table_end(void);

#endif
