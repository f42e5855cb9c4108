/* SPDX-License-Identifier: MIT */
/*
 * Which listener a connection was accepted from. Two handlers behind one event loop share all
 * stacks; what they listen on distinguishes them.
 *
 * Only listeners that stood for as long as their process opened sockets count: they are what the
 * program serves. One that is opened for a single transfer or test is not, and splits nothing;
 * nor do those that stood, where the same stack also opened such ones.
 */
#ifndef FINLEAK_LISTENERS_H
#define FINLEAK_LISTENERS_H

#include "analyzer/rules/leak.h"

struct listeners;

/* Those of RECORDINGS, which must outlive what is returned; end with listeners_free. */
struct listeners *listeners_find(const struct recordings *recordings);
void listeners_free(struct listeners *listeners);

/* How the socket of a leak came to its program. */
enum connection_side {
	SIDE_UNKNOWN,
	SIDE_ACCEPTED,
	SIDE_CONNECTED, /* opened by socket() */
};

enum connection_side listeners_side(const struct listeners *listeners, const struct leak *leak);

/* What identifies LEAK's listener; NULL: none is known. */
struct standing_listener;
const struct standing_listener *listeners_find_of(const struct listeners *listeners,
						  const struct leak *leak);

/*
 * The place of LEAK's listener among those of its process, in the order in which they were opened:
 * 0 for the first and where none is known. It is the same in each run, whatever the ports are.
 */
uint32_t listeners_ordinal(const struct listeners *listeners, const struct leak *leak);

/* Where LEAK's listener came to be; of each, RECORDING NULL: unknown. */
struct listener_stacks {
	struct stack_ref opened;    /* where its socket was opened */
	struct stack_ref listening; /* where it began to listen: often later, in a loop's thread */
};

struct listener_stacks listener_stacks(const struct listeners *listeners, const struct leak *leak);

#endif
