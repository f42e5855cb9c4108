/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_history.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/render_text_stack.h"
#include "analyzer/render/text_output.h"

#define CLOSINGS_SHOWN 3

/* A sentence in parts, to be wrapped as a whole. */
struct sentence {
	char *text;
	size_t size;
	FILE *out;
};

static FILE *sentence_begin(struct sentence *sentence)
{
	*sentence = (struct sentence){ 0 };
	sentence->out = open_memstream(&sentence->text, &sentence->size);
	if (!sentence->out)
		allocate_failed();
	return sentence->out;
}

static void sentence_end(struct sentence *sentence, FILE *out)
{
	fclose(sentence->out);
	text_wrapped(out, "  ", sentence->text);
	free(sentence->text);
}

static char *duration_text(double ms)
{
	struct sentence sentence;

	text_duration(sentence_begin(&sentence), ms);
	fclose(sentence.out);
	return sentence.text;
}

static void print_range(FILE *out, const struct report_leak *leak)
{
	char *least = duration_text(leak->held_min_ms), *most = duration_text(leak->held_max_ms);

	fputs("  Held for ", out);
	if (leak->socket_count > 1 && strcmp(least, most) != 0) {
		fprintf(out, "%s to %s (median ", least, most);
		text_duration(out, leak->held_median_ms);
		fputc(')', out);
	} else {
		fputs(most, out);
	}
	fputs(".\n", out);
	free(least);
	free(most);
}

void text_ages(FILE *out, const struct report_leak *leak)
{
	if (leak->class == CLASS_LATE_CLOSE && leak->reason == REASON_NONE) {
		fputs("  Closed late, after up to ", out);
		text_duration(out, leak->held_max_ms);
		fputs(".\n", out);
	} else if (leak->reason == REASON_CLOSED_AT_EXIT) {
		fputs("  Held for up to ", out);
		text_duration(out, leak->held_max_ms);
		fputs(", until the end of the program closed everything.\n", out);
	} else if (leak->socket_count) {
		print_range(out, leak);
	}
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

void text_siblings(FILE *out, const struct report_leak *leak)
{
	struct sentence sentence;
	FILE *text;
	size_t i;

	if (!siblings_say_something(leak))
		return;
	text = sentence_begin(&sentence);
	fprintf(text, "%llu of %llu %s %s closed", (unsigned long long)leak->siblings_closed,
		(unsigned long long)leak->siblings, siblings_noun(leak->decision),
		leak->siblings_closed == 1 ? "was" : "were");
	for (i = 0; i < leak->closing_count && i < CLOSINGS_SHOWN; i++) {
		const struct report_closing *closing = &leak->closings[i];

		fputs(", at ", text);
		text_site(text, closing->site);
		if (leak->closing_count > 1)
			fprintf(text, " (%llu", (unsigned long long)closing->count);
		/* From its opening nothing had ended the connection yet. */
		if (leak->decision != DECIDED_NOT) {
			fputs(leak->closing_count > 1 ? ", median " : " (median ", text);
			text_duration(text, closing->median_held_ms);
		}
		if (leak->closing_count > 1 || leak->decision != DECIDED_NOT)
			fputc(')', text);
	}
	fputc('.', text);
	sentence_end(&sentence, out);
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
	text_site(out, leak->reread_site);
}

static void print_uses(FILE *out, const struct report_leak *leak, bool other_use)
{
	struct sentence sentence;
	FILE *text = sentence_begin(&sentence);

	fputs(leak->rereads && other_use ? "After that came " : "After that came only ", text);
	if (leak->rereads)
		print_rereads(text, leak);
	if (other_use) {
		fprintf(text, "%s%s at ", leak->rereads ? ", and at last " : "",
			use_name(leak->last_use));
		text_site(text, leak->last_use_site);
	}
	if (leak->last_use != USE_NONE) {
		fputs(", ", text);
		text_duration(text, leak->last_use_before_end_ms);
		fputs(" before the end", text);
	}
	fputc('.', text);
	sentence_end(&sentence, out);
}

void text_uses(FILE *out, const struct report_leak *leak)
{
	bool other_use =
		leak->last_use != USE_NONE && !(leak->last_use == USE_READ && leak->rereads);

	/* What is sent is not recorded as a use. */
	if (leak->reason != REASON_HALF_CLOSED && (leak->rereads || other_use))
		print_uses(out, leak, other_use);
	if (leak->eof_reads_max < SPINNING_READS)
		return;
	if (leak->count == 1)
		fprintf(out, "  Its EOF was read %u times: the program spins.\n",
			leak->eof_reads_max);
	else
		fprintf(out, "  The EOF of one of them was read %u times: the program spins.\n",
			leak->eof_reads_max);
}
