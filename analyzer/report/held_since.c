/* SPDX-License-Identifier: MIT */
#include "analyzer/report/held_since.h"

static const struct {
	enum stack_kind stack;
	const char *words;
} calls[] = {
	{ STACK_EOF, " after EOF" },
	{ STACK_ERROR, " after the failure" },
	{ STACK_SHUTDOWN, " after the shutdown()" },
	{ STACK_CONNECT, " after the failure" },
};

/* The call by which the program learned that the connection is finished. */
static const char *after_call(const struct leak *leak)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (leak->deciding == calls[i].stack)
			return calls[i].words;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (leak->stacks[calls[i].stack].recording)
			return calls[i].words;
	return " after the peer closed";
}

const char *held_since(const struct leak *leak)
{
	switch (leak->rule->since) {
	case SINCE_OTHER:
		return " after another process was done with it";
	case SINCE_CLOSE:
		return " after the program closed it";
	case SINCE_STUCK:
		return leak->class == CLASS_ERROR_UNCLOSED ? " after the connection was reset"
							   : " after the peer closed";
	default:
		return after_call(leak);
	}
}
