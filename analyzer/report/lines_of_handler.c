/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lines_of_handler.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/line.h"

/* A number that was closed longer ago than this was not mixed up with the one before. */
#define MIXED_UP_WITHIN_MS 1000

static const char *decided_words(const struct report_leak *leak)
{
	static const char *const words[][2] = {
		{ "eof", "EOF was read" },
		{ "reread", "EOF was read" },
		{ "error", "The call that failed was made" },
		{ "shutdown", "shutdown() was called" },
		{ "opened", "The connection was opened" },
	};
	size_t i;

	for (i = 0; leak->stack_count && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], leak->stacks[0].name) == 0)
			return words[i][1];
	return NULL;
}

/* After what the thread made its next call. */
static const char *after_words(const struct report_leak *leak)
{
	static const char *const words[][2] = {
		{ "eof", "after EOF" },
		{ "error", "after the failure" },
		{ "shutdown", "after the shutdown()" },
		{ "reread", "after that read" },
		{ "opened", "after opening it" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], leak->stacks[0].name) == 0)
			return words[i][1];
	return "later";
}

/* What is at the site, by the stack that it is of. */
static const char *site_words(const char *stack)
{
	static const char *const words[][2] = {
		{ "next", "the handler was identified by the thread's next call" },
		{ "touched", "the handler was identified by its use of the connection" },
		{ "opened", "the site is where the connection was opened" },
		{ "listen", "the site is where its listener began to listen" },
	};
	size_t i;

	for (i = 0; stack && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], stack) == 0)
			return words[i][1];
	return "no call of a handler was recorded";
}

static char *line_of_wrappers(const struct report_leak *leak)
{
	size_t count = leak->wrapper_count, i;
	struct line line;
	FILE *text = line_begin(&line);

	for (i = 0; i < count; i++) {
		char *function = frame_function(&leak->wrappers[i]);

		fprintf(text, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", function);
		free(function);
	}
	fprintf(text, " only %s the call: the site is %s caller.", count == 1 ? "wraps" : "wrap",
		count == 1 ? "its" : "their");
	return line_end(&line);
}

static char *line_of_registered(const struct report_leak *leak, const char *decided)
{
	char *site = frame_function(leak->site), *call = frame_site(leak->registered_at), *line;

	line = allocate_printed(
		"%s by the event loop, and no recorded call shows a handler: %s was "
		"registered at %s.",
		decided, site, call);
	free(site);
	free(call);
	return line;
}

static char *line_of_only_handler(const struct report_leak *leak, const char *decided)
{
	char *site = frame_function(leak->site), *line;

	line = allocate_printed("%s by the event loop, and no recorded call shows a handler: %s is "
				"the only one that the loop is known to call.",
				decided, site);
	free(site);
	return line;
}

char *line_of_site(const struct report_leak *leak)
{
	const char *decided = decided_words(leak);
	bool decides = leak->site_stack && leak->stack_count &&
		       strcmp(leak->site_stack, leak->stacks[0].name) == 0;

	if (leak->replaces && !decides && decided)
		return allocate_printed("%s, and the program connected again: the site is where "
					"the next connection takes the place of this one.",
					decided);
	if (!leak->in_loop && leak->wrapper_count && leak->wrappers->function)
		return line_of_wrappers(leak);
	if (!leak->in_loop && !decides && decided && leak->site_stack &&
	    strcmp(leak->site_stack, "touched") == 0)
		return allocate_printed("%s by other code; the site is where it was used.",
					decided);
	if (!leak->in_loop || !decided)
		return NULL;
	if (leak->registered_at)
		return line_of_registered(leak, decided);
	if (leak->is_only_handler)
		return line_of_only_handler(leak, decided);
	return allocate_printed("%s by the event loop; %s.", decided,
				site_words(decides ? NULL : leak->site_stack));
}

static const char *next_verb(enum recorded_next call)
{
	switch (call) {
	case NEXT_CLOSE:
		return "closed";
	case NEXT_SHUTDOWN:
		return "called shutdown() on";
	case NEXT_EPOLL_DEL:
		return "called epoll_ctl(EPOLL_CTL_DEL) on";
	case NEXT_EPOLL_CTL:
		return "called epoll_ctl() on";
	case NEXT_CONNECT:
		return "called connect() on";
	case NEXT_ACCEPT:
		return "accepted";
	case NEXT_WRITE:
		return "wrote to";
	default:
		return "read from";
	}
}

/* Of another connection it does not matter where the thread took it up. */
static bool is_unrelated(const struct report_next *next)
{
	return !next->own && (next->call == NEXT_ACCEPT || next->call == NEXT_READ);
}

static char *line_of_silence_before_poll(const struct report_leak *leak)
{
	const char *after =
		strcmp(leak->stacks[0].name, "eof") == 0 ? "after reading EOF" : after_words(leak);

	return allocate_printed("%c%s, the thread made no further socket calls before it waited "
				"for events again.",
				toupper((unsigned char)after[0]), after + 1);
}

char *line_of_next(const struct report_leak *leak)
{
	const struct report_next *next = &leak->next;
	struct line line;
	char *site;
	FILE *text;

	if (next->call == NEXT_NONE || !leak->stack_count || !decided_words(leak))
		return NULL;
	if (next->call == NEXT_POLLED)
		return line_of_silence_before_poll(leak);
	/* The last use is the same line. */
	if (next->own && leak->last_use != USE_NONE)
		return NULL;
	text = line_begin(&line);
	print_duration(text, next->after_ms);
	fprintf(text, " %s, the same thread %s %s (descriptor %d)", after_words(leak),
		next_verb(next->call), next->own ? "this socket" : "another connection", next->fd);
	if (next->site && !is_unrelated(next)) {
		site = frame_site(next->site);
		fprintf(text, ", at %s", site);
		free(site);
	}
	fputc('.', text);
	return line_end(&line);
}

char *line_of_number(const struct report_leak *leak)
{
	const struct report_number *number = &leak->number;
	struct line line;
	char *site;
	FILE *text;

	if (number->closed_before_ms < 0 || number->closed_before_ms > MIXED_UP_WITHIN_MS)
		return NULL;
	text = line_begin(&line);
	fputs("Nothing was read or written after accept(); the descriptor number it got had been "
	      "closed ",
	      text);
	print_duration(text, number->closed_before_ms);
	fputs(" earlier", text);
	if (number->closed_site) {
		site = frame_site(number->closed_site);
		fprintf(text, ", at %s", site);
		free(site);
	}
	fputc('.', text);
	return line_end(&line);
}

char *line_of_owner(const struct report_leak *leak)
{
	const struct report_owner *owner = leak->owner;
	struct line line;
	FILE *text;

	/* The thread that should poll is the matter there. */
	if (!owner || leak->poller)
		return NULL;
	text = line_begin(&line);
	fprintf(text, "Thread %d, which %s, %s", owner->thread,
		!owner->accepts   ? "used it last"
		: owner->accepted ? "accepted last"
				  : "should accept",
		owner->doing);
	if (owner->for_ms >= 1) {
		fputs(" (for at least ", text);
		print_duration(text, owner->for_ms);
		fputc(')', text);
	}
	fputc('.', text);
	return line_end(&line);
}
