/* SPDX-License-Identifier: MIT */
/*
 * Functions of libraries that wait for events and hand each one to its handler. What stands
 * outside of one in a stack has started the loop, and knows of no connection.
 */
#ifndef FINLEAK_DISPATCHERS_H
#define FINLEAK_DISPATCHERS_H

#include "analyzer/symbolize/symbolize.h"

/* Is FRAME a dispatcher that is known by its name? */
bool is_known_dispatcher(const struct frame *frame);

/*
 * How many of COUNT frames, from the innermost on, are inside the innermost dispatcher: those that
 * may belong to one connection. All of them where there is no dispatcher.
 */
size_t frames_inside_dispatcher(const struct frame *frames, size_t count);

#endif
