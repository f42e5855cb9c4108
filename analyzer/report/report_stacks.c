/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_stacks.h"

#include <string.h>

#include "analyzer/call_sites/dispatchers.h"
#include "analyzer/call_sites/leak_executable.h"
#include "analyzer/call_sites/own_code.h"
#include "analyzer/call_sites/site_in_stack.h"
#include "analyzer/report/folding.h"

const struct frame *report_site_at(struct report *report, const struct leak *leak,
				   enum stack_kind kind)
{
	const struct stack_ref *ref = &leak->stacks[kind];

	return site_in(report->call_sites->chooser,
		       backtraces_intern(report->backtraces, ref->recording, ref->id), leak);
}

void report_add_backtrace(struct report_leak *shown, const struct backtrace *backtrace,
			  const struct frame *site, enum stack_kind kind)
{
	shown->stacks[shown->stack_count++] = (struct report_stack){
		.name = stack_kind_name(kind),
		.frames = backtrace->named,
		.count = backtrace->named_count,
		.site = site,
	};
}

static void add_stack(struct report *report, struct report_leak *shown, const struct leak *leak,
		      enum stack_kind kind)
{
	const struct stack_ref *ref = &leak->stacks[kind];
	struct backtrace *backtrace =
		backtraces_intern(report->backtraces, ref->recording, ref->id);

	if (!backtrace)
		return;
	backtrace_name(backtrace, report->symbolizer);
	report_add_backtrace(shown, backtrace,
			     site_in(report->call_sites->chooser, backtrace, leak), kind);
}

static bool is_touched(enum stack_kind kind)
{
	return kind == STACK_WROTE || kind == STACK_WATCHED || kind == STACK_READ;
}

/* Of the stacks of a socket's own use that of the site, or the first that is known: "touched". */
static void add_touched(struct report *report, struct report_leak *shown, const struct leak *leak,
			const struct site_choice *choice)
{
	static const enum stack_kind kinds[] = { STACK_WROTE, STACK_WATCHED, STACK_READ };
	size_t before = shown->stack_count, i;

	if (is_touched(choice->stack)) {
		add_stack(report, shown, leak, choice->stack);
		return;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && shown->stack_count == before; i++)
		add_stack(report, shown, leak, kinds[i]);
}

const struct frame *report_caller_of(const struct report_stack *stack, const struct frame *site,
				     const struct leak *leak, const struct own_globs *own)
{
	const struct frame *caller;

	if (!stack || !site || site < stack->frames || site + 1 >= stack->frames + stack->count)
		return NULL;
	caller = site + 1;
	return !frames_share_function(caller, site) && fold_of(caller) == FOLD_NOT &&
			       !(caller->function && strcmp(caller->function, "main") == 0) &&
			       !is_known_dispatcher(caller) &&
			       own_code_is_own(caller, leak_executable(leak), own)
		       ? caller
		       : NULL;
}

const struct report_stack *report_stack_named(const struct report_leak *shown, enum stack_kind kind)
{
	size_t i;

	for (i = 0; i < shown->stack_count; i++)
		if (strcmp(shown->stacks[i].name, stack_kind_name(kind)) == 0)
			return &shown->stacks[i];
	return NULL;
}

void report_add_stacks(struct report *report, struct report_leak *shown, const struct leak *leak,
		       const struct site_choice *choice)
{
	unsigned int kind;

	add_stack(report, shown, leak, leak->deciding);
	for (kind = 0; kind < STACK_KINDS; kind++) {
		if (is_touched(kind))
			continue;
		if (kind == STACK_OPENED)
			add_touched(report, shown, leak, choice);
		/* That of its listener, or of the next connection, which is another socket. */
		if ((kind == STACK_LISTEN || choice->keeps) && choice->stack == kind &&
		    kind != leak->deciding)
			report_add_backtrace(shown, choice->backtrace, choice->frame, kind);
		else if (kind != leak->deciding)
			add_stack(report, shown, leak, kind);
	}
}
