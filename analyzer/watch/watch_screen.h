/* SPDX-License-Identifier: MIT */
/* `finleak watch` on a terminal: what is on the screen, and what keys do to it. */
#ifndef FINLEAK_WATCH_SCREEN_H
#define FINLEAK_WATCH_SCREEN_H

#include "analyzer/options/options.h"
#include "analyzer/watch/watch_state.h"

struct watch_screen;

/* What a key asks for beyond the screen. */
enum watch_wish {
	WISH_NONE, /* no key waits */
	WISH_SHOW, /* something else is to be seen */
	WISH_FREEZE,
	WISH_WRITE,
	WISH_QUIT,
};

/*
 * Takes the terminal over: standard input and output must be one. NULL where it can't show a
 * screen. From then on it is given back however finleak ends, kill -9 left aside.
 */
struct watch_screen *watch_screen_begin(enum color_choice color);
void watch_screen_end(struct watch_screen *screen);

void watch_screen_show(struct watch_screen *screen, const struct watch_state *state);

/* The terminal has another size. */
void watch_screen_resize(void);

/* Takes one key, if one waits. */
enum watch_wish watch_screen_key(struct watch_screen *screen, const struct watch_state *state);

/* TEXT stands at the bottom until the next key; it may hold anything. */
void watch_screen_say(struct watch_screen *screen, const char *text);

#endif
