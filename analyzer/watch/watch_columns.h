/* SPDX-License-Identifier: MIT */
/* The columns of the table of sites: as wide as what they hold, so that the site has the rest. */
#ifndef FINLEAK_WATCH_COLUMNS_H
#define FINLEAK_WATCH_COLUMNS_H

#include "analyzer/watch/watch_model.h"

#define WATCH_COLUMNS 7

struct watch_columns {
	bool wide; /* the class has room beside its reason */
	int widths[WATCH_COLUMNS];
};

/* For COUNT ROWS on a terminal of SCREEN_WIDTH columns. */
struct watch_columns watch_columns_of(const struct watch_row *const *rows, size_t count,
				      int screen_width);

/* The line of titles; the one that ORDER sorts by has a star. The caller frees it. */
char *watch_columns_titles(const struct watch_columns *columns, enum watch_order order);

/* The line of ROW; the caller frees it. */
char *watch_columns_line(const struct watch_columns *columns, const struct watch_row *row);

#endif
