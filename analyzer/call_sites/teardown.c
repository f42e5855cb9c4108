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

bool teardown_closed(const void *context, const struct recording *recording, uint32_t closed)
{
	const struct teardown *teardown = context;
	struct backtrace *backtrace = backtraces_intern(teardown->backtraces, recording, closed);
	size_t i;

	if (!backtrace)
		return false;
	backtrace_name(backtrace, teardown->symbolizer);
	for (i = 0; i < backtrace->named_count; i++)
		if (backtrace->named[i].function && is_teardown(backtrace->named[i].function))
			return true;
	return false;
}
