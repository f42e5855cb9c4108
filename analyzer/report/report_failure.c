/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_failure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/source_call.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Those that the recorder takes for fatal; NULL: another one. */
static const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ ECONNRESET, "ECONNRESET" },     { EPIPE, "EPIPE" },
		{ ETIMEDOUT, "ETIMEDOUT" },       { ECONNABORTED, "ECONNABORTED" },
		{ ECONNREFUSED, "ECONNREFUSED" }, { ENETRESET, "ENETRESET" },
		{ ENETDOWN, "ENETDOWN" },         { ENETUNREACH, "ENETUNREACH" },
		{ EHOSTDOWN, "EHOSTDOWN" },       { EHOSTUNREACH, "EHOSTUNREACH" },
	};
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (names[i].error == error)
			return names[i].name;
	return NULL;
}

static const char *call_of(enum recorded_error_call kind, const struct frame *innermost,
			   struct symbolizer *symbolizer)
{
	static const char *const reads[] = { "recv",  "read",    "recvfrom",    "recvmsg",
					     "readv", "fgets",   "fread",       "getline",
					     "gets",  "sysread", "readpartial", "recv_into" };
	static const char *const writes[] = { "send",    "write",    "sendto", "sendmsg",
					      "writev",  "sendfile", "splice", "fwrite",
					      "sendall", "syswrite", "fputs",  "fprintf" };

	const char *call;

	switch (kind) {
	case ERROR_CALL_READ:
		call = source_call(innermost, reads, COUNT(reads), true, symbolizer);
		return call ? call : "the read";
	case ERROR_CALL_WRITE:
		call = source_call(innermost, writes, COUNT(writes), true, symbolizer);
		return call ? call : "the write";
	case ERROR_CALL_GETSOCKOPT:
		return "getsockopt(SO_ERROR)";
	default:
		return "the call";
	}
}

void report_set_failure(struct report_leak *shown, const struct leak *leak,
			struct symbolizer *symbolizer)
{
	const struct recorded_socket *row = leak->history ? leak->history->row : NULL;
	const struct report_stack *stack = &shown->stacks[0];
	const char *error, *call;

	if (leak->deciding != STACK_ERROR || !row || !shown->stack_count)
		return;
	shown->dropped_reset = row->error_call == ERROR_CALL_EPOLL_DEL;
	if (leak->class != CLASS_ERROR_UNCLOSED)
		return;
	error = error_name(row->error);
	if (!error)
		return;
	call = call_of(row->error_call, stack->frames, symbolizer);
	snprintf(shown->failure.error, sizeof(shown->failure.error), "%s", error);
	snprintf(shown->failure.call, sizeof(shown->failure.call), "%s%s", call,
		 strpbrk(call, " (") ? "" : "()");
}

/* A sentence begins with a capital; the name of a call stays as it is. */
char *report_failure_headline(const struct report_leak *shown)
{
	static const char article[] = "the ";
	const char *call = shown->failure.call;
	bool has_article = strncmp(call, article, strlen(article)) == 0;

	return allocate_printed("%s%s failed with %s, but the socket was never closed.",
				has_article ? "The " : "",
				has_article ? call + strlen(article) : call, shown->failure.error);
}
