/* SPDX-License-Identifier: MIT */
/* `finleak watch` on a terminal: what is on the screen, and what keys do to it. */
#ifndef FINLEAK_WATCH_SCREEN_H
#define FINLEAK_WATCH_SCREEN_H

#include "analyzer/options/options.h"
#include "analyzer/watch/watch_state.h"

struct watch_screen;

/* What a key requests from outside the screen. */
enum watch_wish {
	WISH_NONE, /* no key waits */
	WISH_SHOW, /* draw again */
	WISH_FREEZE,
	WISH_WRITE,
	WISH_QUIT,
};

/*
 * Takes over the terminal: standard input and output must be one. NULL if it can't show a screen.
 * It is restored however finleak ends, except by kill -9.
 */
struct watch_screen *watch_screen_begin(enum color_choice color);
void watch_screen_end(struct watch_screen *screen);

void watch_screen_show(struct watch_screen *screen, const struct watch_state *state);

/* Call it when the size of the terminal has changed. */
void watch_screen_resize(void);

/* Handles one key, if one was pressed. */
enum watch_wish watch_screen_key(struct watch_screen *screen, const struct watch_state *state);

/* Shows TEXT at the bottom until the next key; it may hold anything. */
void watch_screen_say(struct watch_screen *screen, const char *text);

#endif
