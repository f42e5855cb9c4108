/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lines_of_history.h"

#include <stdlib.h>

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

/* What the siblings have in common, behind their number. */
static const char *siblings_noun(enum recorded_decision decision)
{
	switch (decision) {
	case DECIDED_ERROR:
		return "failures here";
	case DECIDED_SHUTDOWN:
		return "shutdowns here";
	case DECIDED_CONNECT:
		return "failed connects here";
	case DECIDED_EOF:
		return "EOFs read here";
	default:
		return "opened here";
	}
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
	fprintf(text, "%llu of %llu %s %s closed", (unsigned long long)leak->siblings_closed,
		(unsigned long long)leak->siblings, siblings_noun(leak->decision),
		leak->siblings_closed == 1 ? "was" : "were");
	for (i = 0; i < leak->closing_count && i < CLOSINGS_SHOWN; i++) {
		const struct report_closing *closing = &leak->closings[i];

		fputs(closing->site ? ", at " : ", by the event loop", text);
		if (closing->site)
			print_site(text, closing->site);
		if (leak->closing_count > 1)
			fprintf(text, " (%llu", (unsigned long long)closing->count);
		/* From its opening nothing had ended the connection yet. */
		if (leak->decision != DECIDED_NOT) {
			fputs(leak->closing_count > 1 ? ", median " : " (median ", text);
			print_duration(text, closing->median_held_ms);
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

	fprintf(text, "%llu of %llu %s %s closed, at ", (unsigned long long)closing->count,
		(unsigned long long)leak->siblings, siblings_noun(leak->decision),
		closing->count == 1 ? "was" : "were");
	print_site(text, closing->site);
	/* From its opening nothing had ended the connection yet. */
	if (leak->decision != DECIDED_NOT) {
		fputs(" (median ", text);
		print_duration(text, closing->median_held_ms);
		fputc(')', text);
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

static void print_rereads(FILE *out, const struct report_leak *leak)
{
	if (leak->rereads == 1)
		fputs("another read of the EOF", out);
	else
		fprintf(out, "%u more reads of the EOF", leak->rereads);
	if (!leak->reread_site)
		return;
	fputs(leak->rereads == 1 ? " at " : ", last at ", out);
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

	fputs(leak->rereads && other_use ? "After that came " : "After that came only ", text);
	if (leak->rereads)
		print_rereads(text, leak);
	if (other_use) {
		fprintf(text, "%s%s ", leak->rereads ? ", and at last " : "",
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
	return allocate_printed("%s was read %u times: the program spins.",
				leak->count == 1 ? "Its EOF" : "The EOF of one of them",
				leak->eof_reads_max);
}
