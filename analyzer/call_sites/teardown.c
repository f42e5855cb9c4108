/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/teardown.h"

#include <string.h>

/* libc, or a language's machine. */
static bool is_teardown(const struct recording_header *header, const char *function)
{
	static const char *const names[] = { "__run_exit_handlers", "__cxa_finalize", "_dl_fini" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (language_is_function(function, names[i]))
			return true;
	return language_machine_ends(function, header->executable, header->command);
}

/* The outermost frame of a function that runs programs in BACKTRACE; NULL: there is none. */
static const struct frame *runner_in(const struct backtrace *backtrace)
{
	size_t i;

	for (i = backtrace->named_count; i-- > 0;)
		if (backtrace->named[i].function &&
		    language_machine_has(MACHINE_RUNS, backtrace->named[i].function))
			return &backtrace->named[i];
	return NULL;
}

/* Does BACKTRACE come from a script? Then it has no frames of the machine that runs it. */
static bool has_script(const struct backtrace *backtrace)
{
	size_t i;

	for (i = 0; i < backtrace->named_count; i++)
		if (backtrace->named[i].script)
			return true;
	return false;
}

/*
 * Does a runner return to other places from CLOSED and from OPENED, a stack of normal life? Or does
 * it close by itself what a script has opened?
 */
static bool is_after_run(const struct backtrace *opened, const struct backtrace *closed)
{
	const struct frame *life = runner_in(opened), *end = runner_in(closed);

	if (!end || has_script(closed))
		return false;
	if (!life)
		return has_script(opened);
	return strcmp(life->function, end->function) == 0 && end->offset > life->offset;
}

static struct backtrace *named(const struct teardown *teardown, const struct recording *recording,
			       uint32_t stack)
{
	struct backtrace *backtrace = backtraces_intern(teardown->backtraces, recording, stack);

	if (backtrace)
		backtrace_name(backtrace, teardown->symbolizer);
	return backtrace;
}

bool teardown_closed(const void *context, const struct recording *recording, uint32_t opened,
		     uint32_t closed)
{
	const struct backtrace *end = named(context, recording, closed), *life;
	size_t i;

	if (!end)
		return false;
	for (i = 0; i < end->named_count; i++)
		if (end->named[i].function &&
		    is_teardown(&recording->header, end->named[i].function))
			return true;
	life = named(context, recording, opened);
	return life && is_after_run(life, end);
}
