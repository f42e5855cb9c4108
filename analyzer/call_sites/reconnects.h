/* SPDX-License-Identifier: MIT */
/*
 * Programs that read the end of a connection and connect again, where the next one takes the place
 * of it: `client->fd = connect_to(port)`. The descriptor is lost there, not where its end was read.
 */
#ifndef FINLEAK_RECONNECTS_H
#define FINLEAK_RECONNECTS_H

#include "analyzer/call_sites/stack_handlers.h"
#include "analyzer/rules/leak.h"

/* What became of the connections whose end was read by one stack. */
struct reconnect {
	const struct frame *keeper;   /* of the next one */
	const struct backtrace *next; /* that it is a frame of */
};

struct reconnects;

/* Refers to all arguments; end with reconnects_free. */
struct reconnects *reconnects_new(struct stack_handlers *handlers, struct backtraces *backtraces,
				  struct symbolizer *symbolizer, const struct own_globs *globs);
void reconnects_free(struct reconnects *reconnects);

/* LEAK, of a program that is EXECUTABLE, may be such a connection. Of each stack one is read. */
void reconnects_learn(struct reconnects *reconnects, const struct leak *leak,
		      const char *executable);

/* Of the connections whose end was read by DECIDED; NULL: none is known. */
const struct reconnect *reconnect_of(struct reconnects *reconnects,
				     const struct backtrace *decided);

#endif
