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

/* Selects another row by KEY (ncurses' number), if it is a key for that. */
void watch_sites_key(struct watch_sites *sites, const struct watch_model *model, int key);

/* From now on the selected row stays so, whatever becomes of its place. False: there is none. */
bool watch_sites_hold(struct watch_sites *sites, const struct watch_model *model);

/* The row that was held; NULL where it is gone for good. */
const struct watch_row *watch_sites_held(const struct watch_sites *sites,
					 const struct watch_model *model);

/* What the columns have no room for, of the selected row. */
void watch_sites_print_selected(FILE *out, const struct watch_sites *sites,
				const struct watch_model *model);

#endif
