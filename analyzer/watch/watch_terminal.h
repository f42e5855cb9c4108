/* SPDX-License-Identifier: MIT */
/* The terminal: taken over by ncurses, given back whatever happens; text on its lines. */
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
 * COLOR: where it can. From here on it is given back at exit, and where finleak itself crashes.
 */
bool watch_terminal_begin(bool color);
void watch_terminal_end(void);

/* Follows the terminal's size. */
void watch_terminal_resize(void);

/* The next key that was pressed, as ncurses numbers it; ERR none. */
int watch_terminal_key(void);

int watch_terminal_rows(void);
int watch_terminal_columns(void);

/*
 * Writes TEXT (UTF-8 that can't steer a terminal, see utf8.h) to line ROW from COLUMN to the edge,
 * less its first LEFT columns. Outside the screen nothing happens.
 */
void watch_terminal_put(int row, int column, size_t left, enum watch_style style, const char *text);

/* All that is put between them appears at once. */
void watch_terminal_erase(void);
void watch_terminal_refresh(void);

/* Draws all of it anew: something else may have written on the screen. */
void watch_terminal_redraw(void);

#endif
