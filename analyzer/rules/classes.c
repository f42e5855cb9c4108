/* SPDX-License-Identifier: MIT */
/* The words of the report for the enums of classes.h. */
#include "analyzer/rules/classes.h"

#include <stddef.h>

const char *leak_class_name(enum leak_class class)
{
	static const char *const names[CLASS_COUNT] = {
		[CLASS_EOF_UNCLOSED] = "eof-unclosed",
		[CLASS_FIN_UNREAD] = "fin-unread",
		[CLASS_NEVER_ACCEPTED] = "never-accepted",
		[CLASS_DUPLICATE_HELD] = "duplicate-held",
		[CLASS_HELD_ELSEWHERE] = "held-elsewhere",
		[CLASS_SHUTDOWN_UNCLOSED] = "shutdown-unclosed",
		[CLASS_ERROR_UNCLOSED] = "error-unclosed",
		[CLASS_CONNECT_UNCLOSED] = "connect-unclosed",
		[CLASS_LATE_CLOSE] = "late-close",
		[CLASS_EXIT_UNCLOSED] = "exit-unclosed",
	};

	return names[class];
}

const char *leak_reason_name(enum leak_reason reason)
{
	static const char *const names[REASON_COUNT] = {
		[REASON_NONE] = NULL,
		[REASON_NOT_POLLED] = "not-polled",
		[REASON_READING_PAUSED] = "reading-paused",
		[REASON_HANGUP_IGNORED] = "hangup-ignored",
		[REASON_DATA_UNREAD] = "data-unread",
		[REASON_FORKED_CHILD] = "forked-child",
		[REASON_PARENT] = "parent",
		[REASON_EXEC_CHILD] = "exec-child",
		[REASON_PASSED] = "passed",
		[REASON_IO_URING] = "io-uring",
		[REASON_HALF_CLOSED] = "half-closed",
		[REASON_CLOSED_AT_EXIT] = "closed-at-exit",
	};

	return names[reason];
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
		[STACK_LAST_USE] = "last_use",
		[STACK_OPENED] = "opened",
	};

	return names[kind];
}
