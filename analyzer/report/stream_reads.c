/* SPDX-License-Identifier: MIT */
#include "analyzer/report/stream_reads.h"

#include <string.h>

#include "analyzer/base/paths.h"
#include "analyzer/report/source_call.h"

/* The calls that are interposed themselves: their stacks begin in the caller. */
static const char *const stream_calls[] = {
	"fgets",  "fread",   "getline",       "getdelim",       "fgetc",          "getc",
	"fscanf", "fgetws",  "fgetwc",        "getwc",          "fgets_unlocked", "fread_unlocked",
	"getw",   "vfscanf", "getc_unlocked", "fgetc_unlocked", "fwscanf",
};

static bool is_stream_call(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(stream_calls) / sizeof(stream_calls[0]); i++)
		if (strlen(stream_calls[i]) == length &&
		    strncmp(stream_calls[i], name, length) == 0)
			return true;
	return false;
}

static bool is_in_stdio(const struct frame *frame)
{
	const char *name = path_base(frame->module);

	if (strncmp(name, "libc.so", 7) != 0 && strncmp(name, "libc-2", 6) != 0)
		return false;
	return frame->function && (strncmp(frame->function, "_IO_", 4) == 0 ||
				   is_stream_call(frame->function, strlen(frame->function)));
}

/* Python's makefile(): its file reads by this method of socket.py. */
static bool is_file_of_socket(const struct frame *frame)
{
	return frame->script && frame->function &&
	       strcmp(frame->function, "SocketIO.readinto") == 0;
}

bool reads_stream(const struct report_stack *stack, const struct frame *site,
		  struct symbolizer *symbolizer)
{
	size_t i;

	for (i = 0; i < stack->count && &stack->frames[i] != site; i++)
		if (is_file_of_socket(&stack->frames[i]))
			return true;
	if (stack->count && is_in_stdio(stack->frames))
		return true;
	/* Not object.getline() or std::getline(). */
	return site && !site->script &&
	       source_call(site, stream_calls, sizeof(stream_calls) / sizeof(stream_calls[0]),
			   false, symbolizer);
}
