/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/classes.h"

#include <stddef.h>

enum leak_class class_if_older(enum leak_class class, enum stack_kind deciding)
{
	if (class != CLASS_EXIT_UNCLOSED)
		return class;
	switch (deciding) {
	case STACK_ERROR:
		return CLASS_ERROR_UNCLOSED;
	case STACK_SHUTDOWN:
		return CLASS_SHUTDOWN_UNCLOSED;
	case STACK_CONNECT:
		return CLASS_CONNECT_UNCLOSED;
	default:
		return CLASS_EOF_UNCLOSED;
	}
}

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
