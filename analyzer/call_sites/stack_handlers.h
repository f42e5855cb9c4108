/* SPDX-License-Identifier: MIT */
/* Who handles a connection by one stack: the program's own code that no event loop stands between.
 */
#ifndef FINLEAK_STACK_HANDLERS_H
#define FINLEAK_STACK_HANDLERS_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/own_code.h"

struct recordings;
struct stack_handlers;

/* What was found of a stack, in the eyes of one program. */
struct stack_handler {
	struct stack_handler_key {
		const struct backtrace *backtrace;
		const char *executable;
	} key;
	const struct frame *frame; /* the innermost own one inside of all dispatchers; or NULL */
	size_t inside;             /* frames inside of all dispatchers that are known by name */
	bool in_loop;              /* there is one */

	/* Where it is a deciding stack; FRAME is no NULL for either. */
	bool is_decided;                /* these are filled in */
	const struct frame *dispatcher; /* another one, of the program's own; or NULL */
	const struct frame *caller;     /* of FRAME, which is in a wrapper; or NULL */

	/* Where it is a stack of a connection's use. */
	bool is_used;
	const struct frame *user; /* as CALLER */

	/* Where it is a stack that closed one. */
	bool is_closing;
	const struct frame *closer; /* as CALLER */
	UT_hash_handle hh;
};

/* Refers to all arguments; end with stack_handlers_free. */
struct stack_handlers *stack_handlers_new(const struct recordings *recordings,
					  struct backtraces *backtraces,
					  struct symbolizer *symbolizer,
					  const struct own_globs *globs);
void stack_handlers_free(struct stack_handlers *handlers);

/*
 * The handler in BACKTRACE, of a program that is EXECUTABLE (one pointer for each program); the
 * others have filled in what it is as a stack that decides, that uses and that closes a connection.
 * It lives as long as HANDLERS.
 */
const struct stack_handler *stack_handler_of(struct stack_handlers *handlers,
					     struct backtrace *backtrace, const char *executable);
const struct stack_handler *stack_handler_deciding(struct stack_handlers *handlers,
						   struct backtrace *backtrace,
						   const char *executable);
const struct stack_handler *stack_handler_using(struct stack_handlers *handlers,
						struct backtrace *backtrace,
						const char *executable);
const struct stack_handler *stack_handler_closing(struct stack_handlers *handlers,
						  struct backtrace *backtrace,
						  const char *executable);

/*
 * The handler that the function of DISPATCHER has called in BACKTRACE; NULL: there is none.
 * *WRAPPER: it is the caller of this one, which only forwards a call; NULL: it is not.
 */
const struct frame *stack_handler_dispatched(struct stack_handlers *handlers,
					     struct backtrace *backtrace,
					     const struct frame *dispatcher, const char *executable,
					     const struct frame **wrapper);

/* Did HANDLER's frame make the call itself, and no library for it? It has a frame. */
bool stack_handler_calls(const struct stack_handler *handler);

#endif
