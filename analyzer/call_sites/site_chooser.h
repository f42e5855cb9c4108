/* SPDX-License-Identifier: MIT */
/* What sites are chosen with, and what is chosen: for the modules site_*, of which site_choice.h is
 * the first. */
#ifndef FINLEAK_SITE_CHOOSER_H
#define FINLEAK_SITE_CHOOSER_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/listeners.h"
#include "analyzer/call_sites/loop_handlers.h"
#include "analyzer/call_sites/own_code.h"
#include "analyzer/call_sites/reconnects.h"
#include "analyzer/call_sites/stack_handlers.h"
#include "analyzer/rules/leak.h"
#include "analyzer/source/reading_callbacks.h"
#include "analyzer/source/registered_handler.h"

struct site_choice {
	const struct frame *frame;         /* NULL unknown */
	const struct backtrace *backtrace; /* whose frame it is; NULL unknown */
	enum stack_kind stack;             /* and which stack that is */
	bool in_loop;    /* the deciding stack leads to an event loop, and no further */
	bool dispatched; /* or to the frame, a handler, that an event loop called */
	bool is_handler; /* the frame is own code that no event loop stands between */
	/* ... of another connection: the only handler that the event loop is known to call */
	bool is_only_handler;
	bool keeps;                  /* ... and keeps in a member what was opened for it, or next */
	const struct frame *wrapper; /* of a call: the frame is its caller's; NULL: there is none */
	/* The frame is in none of its stacks: it is what this call was given. NULL: it is. */
	const struct frame *registered_at;
};

struct known_executable;

struct site_chooser {
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	const struct listeners *listeners;
	struct stack_handlers *handlers;
	struct registered_handlers *registered;
	struct reading_callbacks *reading;
	struct reconnects *reconnects;
	struct loop_handlers *loops;

	/* Private to chooser_executable(). */
	const char *executable; /* where a leak's is unknown */
	struct known_executable *executables;
	const char *last_path; /* that was asked for, and which of `executables` it is */
	const char *last_executable;
};

/*
 * Refers to all arguments; end with site_chooser_free.
 */
struct site_chooser *site_chooser_new(const struct recordings *recordings,
				      struct backtraces *backtraces, struct symbolizer *symbolizer,
				      const struct own_globs *globs,
				      const struct listeners *listeners);
void site_chooser_free(struct site_chooser *chooser);

/* leak_executable() of LEAK, or another of the recordings': the same pointer for the same program.
 */
const char *chooser_executable(struct site_chooser *chooser, const struct leak *leak);

/* The backtrace of REF, CHOOSER's; NULL where there is none. */
struct backtrace *chooser_backtrace(struct site_chooser *chooser, const struct stack_ref *ref);

/* The innermost frame of the code of EXECUTABLE's program in BACKTRACE, whatever called it; NULL:
 * BACKTRACE is NULL or has no frame. */
const struct frame *chooser_own_site(const struct site_chooser *chooser,
				     struct backtrace *backtrace, const char *executable);

/* Is a stack of this kind that of a call on a connection that showed its end? */
static inline bool stack_shows_end(enum stack_kind deciding)
{
	return deciding == STACK_EOF || deciding == STACK_ERROR || deciding == STACK_REREAD;
}

#endif
