/* SPDX-License-Identifier: MIT */
/* The terminal: taken over by ncurses, restored in any case; text on its lines. */
#ifndef FINLEAK_WATCH_TERMINAL_H
#define FINLEAK_WATCH_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum watch_style {
	WATCH_PLAIN,
	WATCH_BOLD,
	WATCH_RED,
	WATCH_YELLOW,
	WATCH_DIM,
	WATCH_BAR, /* reversed, over the whole line */
	WATCH_RED_BAR,
};

/*
 * Takes over the terminal that is standard input and output. False: it can't move its cursor.
 * COLOR: use colors, if it can. It is restored at exit, and if finleak crashes.
 */
bool watch_terminal_begin(bool color);
void watch_terminal_end(void);

/* Adapts to the terminal's size. */
void watch_terminal_resize(void);

/* The next key that was pressed, as ncurses numbers it; ERR none. */
int watch_terminal_key(void);

int watch_terminal_rows(void);
int watch_terminal_columns(void);

/*
 * Writes TEXT (UTF-8 that can't control a terminal, see utf8.h), without its first LEFT columns, to
 * line ROW from COLUMN to the edge, where a mark shows that it goes on. Outside the screen nothing
 * happens.
 */
void watch_terminal_put(int row, int column, size_t left, enum watch_style style, const char *text);

/* What is put between these appears at once. */
void watch_terminal_erase(void);
void watch_terminal_refresh(void);

/* Draws everything again: another program may have written on the screen. */
void watch_terminal_redraw(void);

#endif
