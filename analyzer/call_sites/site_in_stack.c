/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/site_in_stack.h"

const struct frame *site_in(struct site_chooser *chooser, struct backtrace *backtrace,
			    const struct leak *leak)
{
	const char *executable = chooser_executable(chooser, leak);
	const struct stack_handler *known;

	if (!backtrace)
		return NULL;
	known = stack_handler_of(chooser->handlers, backtrace, executable);
	if (known->frame || known->in_loop)
		return known->frame;
	return chooser_own_site(chooser, backtrace, executable);
}

const struct frame *closing_site_in(struct site_chooser *chooser, struct backtrace *backtrace,
				    const struct leak *leak)
{
	const struct frame *site = site_in(chooser, backtrace, leak);
	const struct stack_handler *known;

	if (!site)
		return NULL;
	known = stack_handler_closing(chooser->handlers, backtrace,
				      chooser_executable(chooser, leak));
	return known->closer ? known->closer : site;
}

enum site_caller site_caller_in(struct site_chooser *chooser, struct backtrace *backtrace,
				const struct leak *leak)
{
	const struct stack_handler *known;

	if (!backtrace)
		return CALLER_LIBRARY;
	known = stack_handler_of(chooser->handlers, backtrace, chooser_executable(chooser, leak));
	if (!known->frame)
		return known->in_loop ? CALLER_LOOP : CALLER_LIBRARY;
	return stack_handler_calls(known) ? CALLER_OWN : CALLER_LIBRARY;
}
