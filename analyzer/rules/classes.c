/* SPDX-License-Identifier: MIT */
/* The words of the report for the enums of classes.h. */
#include "analyzer/rules/classes.h"

#include <stddef.h>

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICT_COUNT] = {
		[VERDICT_LEAK] = "leak",
		[VERDICT_WARNING] = "warning",
		[VERDICT_NOTE] = "note",
	};

	return names[verdict];
}

const char *stack_kind_name(enum stack_kind kind)
{
	static const char *const names[STACK_KINDS] = {
		[STACK_EOF] = "eof",
		[STACK_ERROR] = "error",
		[STACK_SHUTDOWN] = "shutdown",
		[STACK_CONNECT] = "connect",
		[STACK_LISTEN] = "listen",
		[STACK_CLOSED] = "closed",
		[STACK_DUPLICATED] = "duplicated",
		[STACK_FORKED] = "forked",
		[STACK_EXECED] = "execed",
		[STACK_REREAD] = "reread",
		[STACK_LAST_USE] = "last_use",
		[STACK_PAUSED] = "paused",
		[STACK_NEXT] = "next",
		[STACK_WROTE] = "touched",
		[STACK_WATCHED] = "touched",
		[STACK_READ] = "touched",
		[STACK_THREAD] = "thread",
		[STACK_OPENED] = "opened",
	};

	return names[kind];
}
