/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/reconnects.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/keepers.h"
#include "analyzer/call_sites/next_call.h"
#include "analyzer/source/descriptor_flow.h"
#include "analyzer/source/function_body.h"

struct known_reconnect {
	const struct backtrace *decided;
	struct reconnect reconnect; /* KEEPER NULL: there is none */
	UT_hash_handle hh;
};

struct reconnects {
	struct stack_handlers *handlers;
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	struct known_reconnect *known;
};

struct reconnects *reconnects_new(struct stack_handlers *handlers, struct backtraces *backtraces,
				  struct symbolizer *symbolizer, const struct own_globs *globs)
{
	struct reconnects *reconnects = allocate_zeroed(1, sizeof(*reconnects));

	*reconnects = (struct reconnects){
		.handlers = handlers,
		.backtraces = backtraces,
		.symbolizer = symbolizer,
		.globs = globs,
	};
	return reconnects;
}

void reconnects_free(struct reconnects *reconnects)
{
	struct known_reconnect *known, *next;

	if (!reconnects)
		return;
	HASH_ITER(hh, reconnects->known, known, next) {
		HASH_DEL(reconnects->known, known);
		free(known);
	}
	free(reconnects);
}

static struct backtrace *backtrace_of(struct reconnects *reconnects, const struct leak *leak,
				      enum stack_kind kind)
{
	return backtraces_intern(reconnects->backtraces, leak->stacks[kind].recording,
				 leak->stacks[kind].id);
}

/* Who keeps the connection that was opened, or connected, in stack KIND of LEAK. */
static struct keeper keeper_by(struct reconnects *reconnects, const struct leak *leak,
			       enum stack_kind kind, const char *executable)
{
	struct backtrace *backtrace = backtrace_of(reconnects, leak, kind);
	const struct keeper none = { .frame = NULL };
	const struct stack_handler *known;

	if (!backtrace)
		return none;
	known = stack_handler_of(reconnects->handlers, backtrace, executable);
	if (!known->frame)
		return none;
	return keeper_of(reconnects->symbolizer, known->frame, backtrace->named + known->inside,
			 executable, reconnects->globs);
}

/* Is the function of FRAME in BACKTRACE? */
static bool leads_through(struct reconnects *reconnects, struct backtrace *backtrace,
			  const struct frame *frame)
{
	size_t i;

	backtrace_name(backtrace, reconnects->symbolizer);
	for (i = 0; i < backtrace->named_count; i++)
		if (frames_share_function(&backtrace->named[i], frame))
			return true;
	return false;
}

/*
 * Is NEXT, of LEAK's next call, given an object that its caller makes for each connection, which
 * DECIDED has read for the same caller? Nothing takes the place of what that object had.
 */
static bool keeps_for_caller(struct reconnects *reconnects, const struct leak *leak,
			     struct backtrace *decided, const struct frame *next)
{
	const struct backtrace *backtrace = backtrace_of(reconnects, leak, STACK_NEXT);
	const struct frame *caller = next + 1;

	return caller < backtrace->named + backtrace->named_count && next->function &&
	       leads_through(reconnects, decided, caller) &&
	       gives_own_variable(reconnects->symbolizer, caller,
				  function_plain_name(next->function));
}

/*
 * Who puts the next connection in the place of LEAK's, whose end DECIDED has read: the member that
 * had its descriptor has another one by now. NULL: nobody. Where the function that keeps it leads
 * to the read as well, a close is missing there.
 */
static const struct frame *overwriter_of(struct reconnects *reconnects, const struct leak *leak,
					 struct backtrace *decided, const char *executable)
{
	const struct keeper next = keeper_by(reconnects, leak, STACK_NEXT, executable);
	struct keeper opened;

	if (!next.frame || !next.replaces || leads_through(reconnects, decided, next.frame) ||
	    keeps_for_caller(reconnects, leak, decided, next.frame))
		return NULL;
	opened = keeper_by(reconnects, leak, STACK_OPENED, executable);
	return opened.frame && names_are_same(opened.member, next.member) ? next.frame : NULL;
}

void reconnects_learn(struct reconnects *reconnects, const struct leak *leak,
		      const char *executable)
{
	struct known_reconnect *known = NULL;
	struct backtrace *decided;

	if ((leak->deciding != STACK_EOF && leak->deciding != STACK_ERROR) ||
	    !leak_connects_next(leak))
		return;
	decided = backtrace_of(reconnects, leak, leak->deciding);
	HASH_FIND_PTR(reconnects->known, &decided, known);
	if (!decided || known)
		return;
	known = allocate_zeroed(1, sizeof(*known));
	known->decided = decided;
	known->reconnect.keeper = overwriter_of(reconnects, leak, decided, executable);
	known->reconnect.next = backtrace_of(reconnects, leak, STACK_NEXT);
	HASH_ADD_PTR(reconnects->known, decided, known);
}

const struct reconnect *reconnect_of(struct reconnects *reconnects, const struct backtrace *decided)
{
	struct known_reconnect *known;

	HASH_FIND_PTR(reconnects->known, &decided, known);
	return known && known->reconnect.keeper ? &known->reconnect : NULL;
}
