/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/teardown.h"

#include <string.h>

/* Who runs what is left to run when a program ends: libc, CPython, perl, ruby, PHP, node. */
static const char *const teardown_functions[] = {
	"__run_exit_handlers", "__cxa_finalize",      "_dl_fini",
	"Py_FinalizeEx",       "perl_destruct",       "ruby_cleanup",
	"ruby_finalize",       "php_module_shutdown", "node::FreeEnvironment",
};

static bool is_teardown(const char *function)
{
	size_t i, length;

	for (i = 0; i < sizeof(teardown_functions) / sizeof(teardown_functions[0]); i++) {
		length = strlen(teardown_functions[i]);
		if (strncmp(function, teardown_functions[i], length) == 0 &&
		    (function[length] == '\0' || function[length] == '('))
			return true;
	}
	return false;
}

/*
 * Who runs a program and, by a second call, tears it down. Distributions strip the names of what
 * these call for that.
 */
static const char *const runners[] = { "ruby_run_node" };

/* The frame of the function NAME in BACKTRACE; NULL: there is none. */
static const struct frame *frame_of(const struct backtrace *backtrace, const char *name)
{
	size_t i;

	for (i = backtrace->named_count; i-- > 0;)
		if (backtrace->named[i].function && strcmp(backtrace->named[i].function, name) == 0)
			return &backtrace->named[i];
	return NULL;
}

/* Does a runner return to other places from CLOSED and from OPENED, a stack of normal life? */
static bool is_after_run(const struct backtrace *opened, const struct backtrace *closed)
{
	size_t i;

	for (i = 0; i < sizeof(runners) / sizeof(runners[0]); i++) {
		const struct frame *life = frame_of(opened, runners[i]);
		const struct frame *end = frame_of(closed, runners[i]);

		if (life && end && end->offset > life->offset)
			return true;
	}
	return false;
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
		if (end->named[i].function && is_teardown(end->named[i].function))
			return true;
	life = named(context, recording, opened);
	return life && is_after_run(life, end);
}
