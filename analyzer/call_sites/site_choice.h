/* SPDX-License-Identifier: MIT */
/*
 * Which frame is the site of a finding: the line that its reader goes to first.
 *
 * It is the innermost frame of the program's own code in the deciding stack. Where that stack comes
 * to the program by way of an event loop only, the loop's caller knows of no connection: what the
 * thread called next leads to the handler then, or how the connection was used, or where it was
 * opened, or its listener (and what that was given to call), or the only handler that the loop is
 * known to call, in this order. Loops are known by
 * name, or by what else goes through them (companions.h); and in the place of a wrapper of a call
 * stands who called it: of a function that several callers use (callers.h), or that does nothing
 * else (forwarding.h). stack_handlers.h knows this of each stack.
 */
#ifndef FINLEAK_SITE_CHOICE_H
#define FINLEAK_SITE_CHOICE_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/listeners.h"
#include "analyzer/call_sites/own_code.h"
#include "analyzer/rules/leak.h"

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

struct site_chooser;

/*
 * Refers to all arguments; end with site_chooser_free.
 */
struct site_chooser *site_chooser_new(const struct recordings *recordings,
				      struct backtraces *backtraces, struct symbolizer *symbolizer,
				      const struct own_globs *globs,
				      const struct listeners *listeners);
void site_chooser_free(struct site_chooser *chooser);

/*
 * LEAK may be one of those whose program connected again: learned of before sites are chosen, since
 * the last connection of such a program is of the same defect. No more leaks than a few are read.
 */
void site_learn(struct site_chooser *chooser, const struct leak *leak);

/* The site of LEAK. */
struct site_choice site_choose(struct site_chooser *chooser, const struct leak *leak);

/*
 * The site in BACKTRACE alone (NULL: none), of a program like LEAK's; NULL too where an event loop
 * made the call, for no handler.
 */
const struct frame *site_in(struct site_chooser *chooser, struct backtrace *backtrace,
			    const struct leak *leak);

/* As site_in(), of a stack that closed a connection: where a wrapper was called that only closes.
 */
const struct frame *closing_site_in(struct site_chooser *chooser, struct backtrace *backtrace,
				    const struct leak *leak);

/*
 * The outermost frame of own code that returns what CHOICE's has opened, in a program like LEAK's:
 * `return idle_count ? idle[--idle_count] : connect_to(port)`. NULL: none does.
 */
const struct frame *site_handed_out_by(struct site_chooser *chooser,
				       const struct site_choice *choice, const struct leak *leak);

/* The program whose code decides LEAK; "" unknown. */
const char *leak_executable(const struct leak *leak);

/* Who made the call that BACKTRACE (NULL: none) is of, in a program like LEAK's. */
enum site_caller {
	CALLER_LIBRARY, /* for the program's own code */
	CALLER_OWN,
	CALLER_LOOP, /* a library's event loop, for no handler */
};

enum site_caller site_caller_in(struct site_chooser *chooser, struct backtrace *backtrace,
				const struct leak *leak);

#endif
