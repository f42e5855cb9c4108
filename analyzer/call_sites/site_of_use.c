/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/site_of_use.h"

#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/next_call.h"

/* Takes the handler in STACK of LEAK, if there is one, for the site. */
bool site_take_handler(struct site_chooser *chooser, const struct leak *leak, enum stack_kind stack,
		       struct site_choice *choice)
{
	struct backtrace *backtrace = chooser_backtrace(chooser, &leak->stacks[stack]);
	const struct stack_handler *known;

	if (!backtrace)
		return false;
	known = stack_handler_using(chooser->handlers, backtrace,
				    chooser_executable(chooser, leak));
	if (!known->frame)
		return false;
	choice->frame = known->user ? known->user : known->frame;
	choice->wrapper = known->user ? known->frame : NULL;
	choice->backtrace = backtrace;
	choice->stack = stack;
	choice->is_handler = true;
	return true;
}

/*
 * Was the next call made by way of what read the end? An event loop calls that for one connection,
 * and other functions for timers and for what else is ready. Where no such function is known: true.
 */
static bool next_is_of_reader(struct site_chooser *chooser, const struct leak *leak)
{
	struct backtrace *decided = chooser_backtrace(chooser, &leak->stacks[leak->deciding]);
	struct backtrace *next = chooser_backtrace(chooser, &leak->stacks[STACK_NEXT]);
	const struct stack_handler *known;
	bool is_known = false;
	size_t i, j;

	if (!decided || !next)
		return true;
	known = stack_handler_of(chooser->handlers, decided, chooser_executable(chooser, leak));
	backtrace_name(next, chooser->symbolizer);
	for (i = 0; known->in_loop && i < known->inside; i++) {
		is_known |= decided->named[i].function != NULL;
		for (j = 0; j < next->named_count; j++)
			if (frames_share_function(&decided->named[i], &next->named[j]))
				return true;
	}
	return !is_known;
}

/* Does what came next show whose connection it was? */
bool next_concerns_site(struct site_chooser *chooser, const struct leak *leak, bool touched)
{
	const struct next_call next = leak_next_call(leak);

	/*
	 * In a loop the next call may be about the next event, and another connection. It is not
	 * where it closes one: that would have been read to its end first.
	 */
	if (next.own || next.call == NEXT_CLOSE || next.call == NEXT_SHUTDOWN)
		return true;
	return !touched && next_is_of_reader(chooser, leak);
}

/* As site_take_handler(), but a handler that DISPATCHER's function has called. */
static bool take_dispatched(struct site_chooser *chooser, const struct leak *leak,
			    enum stack_kind stack, const struct frame *dispatcher,
			    struct site_choice *choice)
{
	struct backtrace *backtrace = chooser_backtrace(chooser, &leak->stacks[stack]);
	const struct frame *wrapper, *frame;

	if (!backtrace)
		return false;
	frame = stack_handler_dispatched(chooser->handlers, backtrace, dispatcher,
					 chooser_executable(chooser, leak), &wrapper);
	if (!frame)
		return false;
	choice->frame = frame;
	choice->wrapper = wrapper;
	choice->backtrace = backtrace;
	choice->stack = stack;
	choice->is_handler = choice->in_loop = true;
	return true;
}

bool site_take_dispatched(struct site_chooser *chooser, const struct leak *leak,
			  const struct frame *dispatcher, struct site_choice *choice)
{
	static const enum stack_kind touched[] = { STACK_WROTE, STACK_WATCHED, STACK_READ };
	size_t i;

	if (next_concerns_site(chooser, leak, true) &&
	    take_dispatched(chooser, leak, STACK_NEXT, dispatcher, choice))
		return true;
	for (i = 0; i < sizeof(touched) / sizeof(touched[0]); i++)
		if (take_dispatched(chooser, leak, touched[i], dispatcher, choice))
			return true;
	return false;
}

/* CHOICE's call was given HANDLER (NULL: nothing) to call for the connection. */
static void take_given(struct site_choice *choice, const struct frame *handler)
{
	if (!handler)
		return;
	choice->registered_at = choice->frame;
	choice->frame = handler;
	choice->wrapper = NULL;
	choice->in_loop = true;
}

/*
 * A library's call that reads may be given the handler of what it has read: on_read() of
 * g_input_stream_read_async(..., on_read, ...).
 */
static void take_read_given(struct site_chooser *chooser, const struct leak *leak,
			    struct site_choice *choice)
{
	struct backtrace *backtrace = chooser_backtrace(chooser, &leak->stacks[STACK_READ]);
	const struct frame *handler;

	if (choice->frame->script ||
	    stack_handler_calls(stack_handler_of(chooser->handlers, backtrace,
						 chooser_executable(chooser, leak))))
		return;
	handler = callback_of(chooser->registered, choice->frame);
	if (handler && !frames_share_function(handler, choice->frame))
		take_given(choice, handler);
}

bool site_take_touched(struct site_chooser *chooser, const struct leak *leak,
		       struct site_choice *choice)
{
	if (site_take_handler(chooser, leak, STACK_WROTE, choice) ||
	    site_take_handler(chooser, leak, STACK_WATCHED, choice)) {
		take_given(choice, spawned_handler(chooser->registered, choice->frame));
		return true;
	}
	if (!site_take_handler(chooser, leak, STACK_READ, choice))
		return false;
	take_given(choice, spawned_handler(chooser->registered, choice->frame));
	if (!choice->registered_at)
		take_read_given(chooser, leak, choice);
	return true;
}

bool site_take_opened(struct site_chooser *chooser, const struct leak *leak,
		      struct site_choice *choice)
{
	if (!site_take_handler(chooser, leak, STACK_OPENED, choice))
		return false;
	take_given(choice, registered_handler(chooser->registered, choice->frame));
	return true;
}
