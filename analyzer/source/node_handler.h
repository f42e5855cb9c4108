/* SPDX-License-Identifier: MIT */
/* Which function of a program in JavaScript node calls for the connections of a listener. */
#ifndef FINLEAK_NODE_HANDLER_H
#define FINLEAK_NODE_HANDLER_H

#include "analyzer/source/source_words.h"

struct node_handler {
	struct name name;    /* LENGTH 0: it has none */
	unsigned int number; /* the line that it begins in; 0: none is found, or several */
};

/* Does line NUMBER of SOURCE call listen() of a server, in JavaScript? */
bool node_listens(const struct source *source, unsigned int number);

/*
 * The handler of the server that line NUMBER, for which node_listens(), is about: what it was
 * created with, or what is called on its events for a connection. Its name lives as long as the
 * symbolizer.
 */
struct node_handler node_handler_of(const struct source *source, unsigned int number);

#endif
