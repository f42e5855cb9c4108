/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lines_of_history.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/line.h"

#define CLOSINGS_SHOWN 3

static void print_site(FILE *out, const struct frame *frame)
{
	char *site = frame_site(frame);

	fputs(site, out);
	free(site);
}

/* What the siblings have in common, and in which stack; a socket is closed some time after that. */
struct common {
	const char *stack;
	const char *words; /* ahead of the place */
	const char *after; /* behind a duration; "": nothing had ended the connection yet */
};

static const struct common *common_of(enum recorded_decision decision)
{
	static const struct common eof = { "eof", "whose EOF was read", " after EOF" },
				   error = { "error", "that failed", " after the failure" },
				   shut = { "shutdown", "that were shut down",
					    " after the shutdown()" },
				   connect = { "connect", "whose connect() failed",
					       " after the failure" },
				   opened = { "opened", "opened", "" };

	switch (decision) {
	case DECIDED_ERROR:
		return &error;
	case DECIDED_SHUTDOWN:
		return &shut;
	case DECIDED_CONNECT:
		return &connect;
	case DECIDED_EOF:
		return &eof;
	default:
		return &opened;
	}
}

/* " at server.c:80", where the siblings were read, opened, ... */
static void print_common_place(FILE *out, const struct report_leak *leak,
			       const struct common *common)
{
	const struct report_stack *stack = NULL;
	char *place;
	size_t i;

	for (i = 0; i < leak->stack_count && !stack; i++)
		if (strcmp(leak->stacks[i].name, common->stack) == 0)
			stack = &leak->stacks[i];
	if (leak->in_loop && stack == &leak->stacks[0]) {
		fputs(" by the event loop", out);
		return;
	}
	if (!stack || !stack->site) {
		fputs(" at the same place", out);
		return;
	}
	place = frame_place(stack->site);
	fprintf(out, " at %s", place);
	free(place);
}

/* "2 of the 4 sockets whose EOF was read at server.c:80 were closed" */
static void print_closed_siblings(FILE *out, const struct report_leak *leak, uint64_t closed)
{
	const struct common *common = common_of(leak->decision);

	if (closed == leak->siblings && closed == 1)
		fputs("The only socket ", out);
	else if (closed == leak->siblings)
		fprintf(out, "All %llu sockets ", (unsigned long long)closed);
	else
		fprintf(out, "%llu of the %llu sockets ", (unsigned long long)closed,
			(unsigned long long)leak->siblings);
	fputs(common->words, out);
	print_common_place(out, leak, common);
	fprintf(out, " %s closed", closed == 1 ? "was" : "were");
}

/*
 * Siblings show how it is done right. Where all of them were closed, those of the finding among
 * them, they say nothing, unless it is about when.
 */
static bool siblings_say_something(const struct report_leak *leak)
{
	if (leak->siblings_closed == 0)
		return false;
	return leak->class == CLASS_LATE_CLOSE ? leak->siblings >= leak->siblings_closed
					       : leak->siblings > leak->siblings_closed;
}

char *line_of_siblings(const struct report_leak *leak)
{
	struct line line;
	FILE *text;
	size_t i;

	if (!siblings_say_something(leak))
		return NULL;
	text = line_begin(&line);
	print_closed_siblings(text, leak, leak->siblings_closed);
	for (i = 0; i < leak->closing_count && i < CLOSINGS_SHOWN; i++) {
		const struct report_closing *closing = &leak->closings[i];

		/* Where only the loop is known, the sockets are named after it already. */
		if (closing->site || leak->closing_count > 1)
			fputs(closing->site ? ", at " : ", by the event loop", text);
		if (closing->site)
			print_site(text, closing->site);
		if (leak->closing_count > 1)
			fprintf(text, " (%llu", (unsigned long long)closing->count);
		/* From its opening nothing had ended the connection yet. */
		if (leak->decision != DECIDED_NOT) {
			fputs(leak->closing_count > 1 ? ", median " : " (median ", text);
			print_duration(text, closing->median_held_ms);
			fputs(common_of(leak->decision)->after, text);
		}
		if (leak->closing_count > 1 || leak->decision != DECIDED_NOT)
			fputc(')', text);
	}
	fputc('.', text);
	return line_end(&line);
}

char *line_of_closing(const struct report_leak *leak, const struct report_closing *closing)
{
	struct line line;
	FILE *text = line_begin(&line);

	print_closed_siblings(text, leak, closing->count);
	fputs(", at ", text);
	print_site(text, closing->site);
	/* From its opening nothing had ended the connection yet. */
	if (leak->decision != DECIDED_NOT) {
		fputs(" (median ", text);
		print_duration(text, closing->median_held_ms);
		fprintf(text, "%s)", common_of(leak->decision)->after);
	}
	fputc('.', text);
	return line_end(&line);
}

static const char *use_name(enum recorded_use use)
{
	switch (use) {
	case USE_EPOLL_DEL:
		return "epoll_ctl(EPOLL_CTL_DEL)";
	case USE_EPOLL_MOD:
		return "epoll_ctl(EPOLL_CTL_MOD)";
	case USE_WRITE_FAILED:
		return "a write that failed";
	case USE_SHUTDOWN_READ:
		return "shutdown(SHUT_RD)";
	case USE_SHUTDOWN:
		return "shutdown()";
	default:
		return "a read that failed";
	}
}

/* A stream that never began has no EOF, but reads return 0 all the same. */
static void print_rereads(FILE *out, const struct report_leak *leak)
{
	if (leak->rereads == 1)
		fputs("A read returned 0 once more", out);
	else
		fprintf(out, "%u more reads returned 0", leak->rereads);
	if (!leak->reread_site)
		return;
	fputs(leak->rereads == 1 ? ", at " : ", the last at ", out);
	print_site(out, leak->reread_site);
}

static void print_user(FILE *out, const struct report_leak *leak)
{
	if (leak->last_use_in_loop) {
		fputs("by the event loop", out);
		return;
	}
	fputs("at ", out);
	print_site(out, leak->last_use_site);
}

static char *uses_text(const struct report_leak *leak, bool other_use)
{
	struct line line;
	FILE *text = line_begin(&line);

	if (leak->rereads)
		print_rereads(text, leak);
	if (other_use) {
		fprintf(text, "%s last call on it was %s ", leak->rereads ? "; the" : "The",
			use_name(leak->last_use));
		print_user(text, leak);
	}
	if (leak->last_use != USE_NONE) {
		fputs(", ", text);
		print_duration(text, leak->last_use_before_end_ms);
		fputs(" before the end", text);
	}
	fputc('.', text);
	return line_end(&line);
}

char *line_of_uses(const struct report_leak *leak)
{
	/* What a library does on its way the program has not called. */
	bool by_library = leak->library &&
			  (leak->last_use == USE_EPOLL_DEL || leak->last_use == USE_EPOLL_MOD);
	bool other_use = leak->last_use != USE_NONE && !by_library &&
			 !(leak->last_use == USE_READ && leak->rereads);

	/* What is sent is not recorded as a use. */
	if (leak->reason == REASON_HALF_CLOSED || (!leak->rereads && !other_use))
		return NULL;
	return uses_text(leak, other_use);
}

char *line_of_spinning(const struct report_leak *leak)
{
	/* The headline states that already. */
	if (leak->eof_reads_max < SPINNING_READS || leak->reason == REASON_SPINNING)
		return NULL;
	return allocate_printed("%s was read %u times: the program spins (a busy loop).",
				leak->count == 1 ? "Its EOF" : "The EOF of one of them",
				leak->eof_reads_max);
}
