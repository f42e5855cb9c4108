/* SPDX-License-Identifier: MIT */
/* The lines above the sites: what is watched, its totals, and warnings about them. */
#ifndef FINLEAK_WATCH_HEAD_H
#define FINLEAK_WATCH_HEAD_H

#include <stdio.h>

#include "analyzer/watch/watch_state.h"

struct watch_head {
	/* Private. */
	char time[16]; /* of the last sample */
};

/* Draws at most ROOM lines at the top of the terminal. Returns how many it used. */
int watch_head_draw(struct watch_head *head, const struct watch_state *state, int room);

/* The first line of TEXT, which may hold anything. */
void watch_print_first_line(FILE *out, const char *text);

#endif
