/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/site_behind_loop.h"

#include "analyzer/call_sites/site_of_use.h"

/* What one of the program's own calls in BACKTRACE was given to call when connections come. */
static void take_registered(struct site_chooser *chooser, const struct backtrace *backtrace,
			    const char *executable, struct site_choice *choice)
{
	const struct frame *handler = NULL;
	size_t i;

	for (i = 0; i < backtrace->named_count && !handler; i++) {
		const struct frame *call = &backtrace->named[i];

		if (!own_code_is_own(call, executable, chooser->globs))
			continue;
		handler = registered_handler(chooser->registered, call);
		if (!handler)
			continue;
		choice->frame = handler;
		choice->registered_at = call;
		/* A library's thread is a loop of it. */
		choice->is_handler = choice->in_loop = true;
	}
}

/* Takes the own code in LISTEN, a stack of the listener of LEAK, for the site. */
static bool take_listener(struct site_chooser *chooser, const struct leak *leak,
			  struct stack_ref listen, struct site_choice *choice)
{
	const char *executable = chooser_executable(chooser, leak);
	struct backtrace *backtrace = chooser_backtrace(chooser, &listen);
	const struct frame *site = chooser_own_site(chooser, backtrace, executable);

	if (!site || !own_code_is_own(site, executable, chooser->globs))
		return false;
	choice->frame = site;
	choice->backtrace = backtrace;
	choice->stack = STACK_LISTEN;
	/* No own code accepts: a library's thread is a loop of it. */
	choice->in_loop = true;
	take_registered(chooser, backtrace, executable, choice);
	return true;
}

/* Takes for the site what the loop of LEAK's deciding stack calls for other connections. */
static bool take_only_handler(struct site_chooser *chooser, const struct leak *leak,
			      struct site_choice *choice)
{
	const char *executable = chooser_executable(chooser, leak);
	const struct stack_ref *decided = &leak->stacks[leak->deciding];
	const struct backtrace *in;
	const struct frame *handler =
		loop_handler(chooser->loops,
			     stack_handler_of(chooser->handlers,
					      chooser_backtrace(chooser, decided), executable),
			     decided->recording, executable, &in);

	if (!handler)
		return false;
	choice->frame = handler;
	choice->backtrace = in;
	choice->stack = STACK_NEXT;
	choice->is_handler = choice->is_only_handler = true;
	return true;
}

/*
 * The end, or the data in front of it, went to the callback that the function of CHOICE gave to a
 * library, if it gave one: that made no call. Or the function that made the call which CHOICE was
 * given to; but not one that listens, which has others read, too.
 */
static void take_reading_callback(struct site_chooser *chooser, const struct leak *leak,
				  struct site_choice *choice)
{
	const enum callback_event event =
		stack_shows_end(leak->deciding) ? CALLBACK_OF_END : CALLBACK_OF_DATA;
	const struct frame *callback, *call;

	if (!choice->in_loop || choice->stack == STACK_NEXT ||
	    (event == CALLBACK_OF_DATA && leak->class != CLASS_FIN_UNREAD))
		return;
	callback = reading_callback(chooser->reading, choice->frame, event, &call);
	if (!callback && choice->registered_at && choice->stack != STACK_LISTEN)
		callback = reading_callback(chooser->reading, choice->registered_at, event, &call);
	if (!callback)
		return;
	choice->frame = callback;
	choice->wrapper = NULL;
	choice->registered_at = call;
	choice->is_handler = true;
}

/* Takes where the connection came from, or what handles others that the loop reads. */
static bool take_origin(struct site_chooser *chooser, const struct leak *leak,
			struct site_choice *choice)
{
	const struct listener_stacks listener = listener_stacks(chooser->listeners, leak);

	return site_take_opened(chooser, leak, choice) ||
	       take_listener(chooser, leak, listener.listening, choice) ||
	       take_only_handler(chooser, leak, choice) ||
	       take_listener(chooser, leak, listener.opened, choice);
}

static bool take_other(struct site_chooser *chooser, const struct leak *leak,
		       struct site_choice *choice)
{
	struct site_choice touched = *choice;
	bool is_touched = site_take_touched(chooser, leak, &touched);

	if (next_concerns_site(chooser, leak, is_touched) &&
	    site_take_handler(chooser, leak, STACK_NEXT, choice))
		return true;
	if (is_touched) {
		*choice = touched;
		return true;
	}
	return take_origin(chooser, leak, choice);
}

/* The program learned of these in a call on the connection itself. */
static bool is_about_connection(enum stack_kind deciding)
{
	return stack_shows_end(deciding) || deciding == STACK_SHUTDOWN || deciding == STACK_OPENED;
}

bool site_behind_loop(struct site_chooser *chooser, const struct leak *leak,
		      struct site_choice *choice)
{
	if (!is_about_connection(leak->deciding) || !take_other(chooser, leak, choice))
		return false;
	take_reading_callback(chooser, leak, choice);
	return true;
}
