/* SPDX-License-Identifier: MIT */
/* Which frame is the site in one stack alone, without a choice among those of a connection. */
#ifndef FINLEAK_SITE_IN_STACK_H
#define FINLEAK_SITE_IN_STACK_H

#include "analyzer/call_sites/site_chooser.h"

/*
 * The site in BACKTRACE alone (NULL: none), of a program like LEAK's; NULL too where an event loop
 * made the call, for no handler.
 */
const struct frame *site_in(struct site_chooser *chooser, struct backtrace *backtrace,
			    const struct leak *leak);

/* As site_in(), of a stack that closed a connection: where a wrapper was called that only closes.
 */
const struct frame *closing_site_in(struct site_chooser *chooser, struct backtrace *backtrace,
				    const struct leak *leak);

/* Who made the call that BACKTRACE (NULL: none) is of, in a program like LEAK's. */
enum site_caller {
	CALLER_LIBRARY, /* for the program's own code */
	CALLER_OWN,
	CALLER_LOOP, /* a library's event loop, for no handler */
};

enum site_caller site_caller_in(struct site_chooser *chooser, struct backtrace *backtrace,
				const struct leak *leak);

#endif
