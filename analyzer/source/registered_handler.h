/* SPDX-License-Identifier: MIT */
/*
 * The handler that a call registers, by what its source names: `uv_listen(&server, 64, on_client)`,
 * `asyncio.start_server(serve_client, port=80)`. For handlers that are in no recorded stack.
 */
#ifndef FINLEAK_REGISTERED_HANDLER_H
#define FINLEAK_REGISTERED_HANDLER_H

#include "analyzer/symbolize/symbolize.h"

struct registered_handlers;

/* Refers to SYMBOLIZER; end with registered_handlers_free. */
struct registered_handlers *registered_handlers_new(struct symbolizer *symbolizer);
void registered_handlers_free(struct registered_handlers *handlers);

/*
 * The function that stands among the arguments of the call at CALL and is defined in the same file:
 * its name, and the line where it begins. Of a protocol's class, or a factory of it, what is called
 * at the end, eof_received() say. Of a call that accepts or listens, else the coroutine that is
 * begun in the same block: co_spawn(context, serve(socket), detached). NULL: none is found. What is
 * returned lives as long as HANDLERS; CALL must live as long.
 */
const struct frame *registered_handler(struct registered_handlers *handlers,
				       const struct frame *call);

/* The same, where CALL is one that begins a coroutine; else NULL. */
const struct frame *spawned_handler(struct registered_handlers *handlers, const struct frame *call);

/* The function that CALL itself is given, by its name; NULL: none. */
const struct frame *callback_of(struct registered_handlers *handlers, const struct frame *call);

#endif
