/* SPDX-License-Identifier: MIT */
/* How JavaScript in Node.js registers handlers of events: `socket.on('data', take)`. */
#ifndef FINLEAK_NODE_EVENTS_H
#define FINLEAK_NODE_EVENTS_H

#include "analyzer/source/source_words.h"

/*
 * Behind the event's name where LINE registers a handler for one of EVENTS, which NULL ends, of the
 * object that is called EMITTER (LENGTH 0: of any, or of the result of a call); NULL: it does not.
 */
const char *node_registration(const char *line, struct name emitter, const char *const *events);

#endif
