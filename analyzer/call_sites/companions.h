/* SPDX-License-Identifier: MIT */
/*
 * Stacks that go together: those of the sockets whose end was learned of at one stack. What else
 * was done with these sockets, and where, shows what that stack's functions are: one that calls
 * several others in one line, by pointers in a struct, dispatches; one that is called from all over
 * the place, by functions that go on to use the socket themselves, is a wrapper of a call.
 */
#ifndef FINLEAK_COMPANIONS_H
#define FINLEAK_COMPANIONS_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/own_code.h"

struct recordings;
struct companions;

/*
 * Of all sockets in RECORDINGS, open or closed. Refers to all arguments; end with companions_free.
 */
struct companions *companions_find(const struct recordings *recordings,
				   struct backtraces *backtraces, struct symbolizer *symbolizer,
				   const struct own_globs *globs);
void companions_free(struct companions *companions);

/*
 * The frame of DECIDED, a stack at which ends were learned of, whose function dispatches to own
 * code of a program that is EXECUTABLE; NULL: none is known to.
 */
const struct frame *companions_dispatcher(struct companions *companions, struct backtrace *decided,
					  const char *executable);

/*
 * The frame of DECIDED that called FRAME, its innermost own one, if FRAME's function is a wrapper;
 * else NULL.
 */
const struct frame *companions_caller(struct companions *companions, struct backtrace *decided,
				      const struct frame *frame, const char *executable);

/*
 * The same for a stack of a connection's use, or where the program opened it: FRAME's function
 * serves who calls it, whatever else they do.
 */
const struct frame *companions_user(struct companions *companions,
				    const struct backtrace *backtrace, const struct frame *frame,
				    const char *executable);

#endif
