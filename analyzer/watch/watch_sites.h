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
	const struct watch_row **shown; /* of the model's rows, those that match the filter */
	size_t shown_count;
	char filter[64]; /* "": none */
	bool filtering;  /* it is being typed */
};

void watch_sites_clear(struct watch_sites *sites);

/* Draws titles and rows on ROWS lines of the terminal from LINE on. */
void watch_sites_draw(struct watch_sites *sites, const struct watch_model *model, int line,
		      size_t rows);

/* Moves the selection by KEY (ncurses' number), if it is a key for that. */
void watch_sites_key(struct watch_sites *sites, const struct watch_model *model, int key);

/* Is a filter being typed? Then keys are for watch_sites_filter_key(). */
bool watch_sites_is_filtering(const struct watch_sites *sites);
void watch_sites_begin_filter(struct watch_sites *sites);
void watch_sites_filter_key(struct watch_sites *sites, int key);

/* Shows all sites again. False: it did already. */
bool watch_sites_end_filter(struct watch_sites *sites);

/* Prints the filter, "/upload"; nothing where there is none. */
void watch_sites_print_filter(FILE *out, const struct watch_sites *sites);

/* From now on the selection follows its row instead of its position. False: there is none. */
bool watch_sites_hold(struct watch_sites *sites, const struct watch_model *model);

/* The row that was held; NULL if it is gone. */
const struct watch_row *watch_sites_held(const struct watch_sites *sites,
					 const struct watch_model *model);

/* Prints what does not fit into the columns of the selected row. */
void watch_sites_print_selected(FILE *out, const struct watch_sites *sites,
				const struct watch_model *model);

#endif
