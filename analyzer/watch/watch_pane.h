/* SPDX-License-Identifier: MIT */
/* A scrollable text: a site's stacks, the processes, the keys. */
#ifndef FINLEAK_WATCH_PANE_H
#define FINLEAK_WATCH_PANE_H

#include <stdbool.h>
#include <stddef.h>

struct watch_pane {
	/* Private. */
	char *text;
	char **lines; /* into text */
	size_t line_count;
	size_t top, left; /* first line and column shown */
};

/* Replaces the text by TEXT (safe for a terminal; taken over), at the same scroll position. */
void watch_pane_set(struct watch_pane *pane, char *text);

/* Back to the beginning. */
void watch_pane_rewind(struct watch_pane *pane);
void watch_pane_clear(struct watch_pane *pane);

/* Scrolls by KEY (ncurses' number) with ROWS visible. False: KEY does not scroll. */
bool watch_pane_key(struct watch_pane *pane, int key, size_t rows);

/* Draws it on ROWS lines of the terminal from FIRST on. */
void watch_pane_draw(struct watch_pane *pane, int first, size_t rows);

#endif
