/* SPDX-License-Identifier: MIT */
/*
 * Sites by what the program did with the connection: the handlers that its other stacks lead to,
 * and what these were given to call for it.
 *
 * Each function takes such a handler, if there is one, for the site of LEAK: it fills in CHOICE,
 * which else stays as it is.
 */
#ifndef FINLEAK_SITE_OF_USE_H
#define FINLEAK_SITE_OF_USE_H

#include "analyzer/call_sites/site_chooser.h"

/* The one in LEAK's stack of kind STACK. */
bool site_take_handler(struct site_chooser *chooser, const struct leak *leak, enum stack_kind stack,
		       struct site_choice *choice);

/* The one that wrote to the connection, polled it or read it, or what that gave a library to call.
 */
bool site_take_touched(struct site_chooser *chooser, const struct leak *leak,
		       struct site_choice *choice);

/* The one that opened it, or what that has registered. */
bool site_take_opened(struct site_chooser *chooser, const struct leak *leak,
		      struct site_choice *choice);

/* One that the function of DISPATCHER has called. */
bool site_take_dispatched(struct site_chooser *chooser, const struct leak *leak,
			  const struct frame *dispatcher, struct site_choice *choice);

/* Does what LEAK's thread called next show whose connection it was? TOUCHED: another stack may. */
bool next_concerns_site(struct site_chooser *chooser, const struct leak *leak, bool touched);

#endif
