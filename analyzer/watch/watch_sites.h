/* SPDX-License-Identifier: MIT */
/* The table of sites on the screen, one of them selected. */
#ifndef FINLEAK_WATCH_SITES_H
#define FINLEAK_WATCH_SITES_H

#include <stdio.h>

#include "analyzer/watch/watch_model.h"

struct watch_sites {
	/* Private. */
	char *selected; /* the key of a row; NULL: the first one, until a key chooses */
	size_t top;     /* the first row shown */
	size_t rows;    /* how many were, when last drawn */
};

void watch_sites_clear(struct watch_sites *sites);

/* Draws titles and rows on ROWS lines of the terminal from LINE on. */
void watch_sites_draw(struct watch_sites *sites, const struct watch_model *model, int line,
		      size_t rows);

/* Moves the selection by KEY (ncurses' number), if it is a key for that. */
void watch_sites_key(struct watch_sites *sites, const struct watch_model *model, int key);

/* From now on the selection follows its row instead of its position. False: there is none. */
bool watch_sites_hold(struct watch_sites *sites, const struct watch_model *model);

/* The row that was held; NULL if it is gone. */
const struct watch_row *watch_sites_held(const struct watch_sites *sites,
					 const struct watch_model *model);

/* Prints what does not fit into the columns of the selected row. */
void watch_sites_print_selected(FILE *out, const struct watch_sites *sites,
				const struct watch_model *model);

#endif
