/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_finding.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/render_text_history.h"
#include "analyzer/render/render_text_kernel.h"
#include "analyzer/render/render_text_stack.h"
#include "analyzer/base/utf8.h"

#define ADDRESSES_SHOWN 3

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Prints the first of ADDRESSES, each once, and how many there are besides. Sorts them. */
static void print_addresses(FILE *out, const char *title, const char **addresses, size_t count)
{
	const char *shown[ADDRESSES_SHOWN];
	size_t shown_count = 0, distinct = 0, i, j;

	for (i = 0; i < count && shown_count < ADDRESSES_SHOWN; i++) {
		for (j = 0; j < shown_count && strcmp(shown[j], addresses[i]) != 0; j++)
			;
		if (j < shown_count)
			continue;
		fprintf(out, "%s%s", shown_count ? ", " : title, addresses[i]);
		shown[shown_count++] = addresses[i];
	}
	if (!shown_count)
		return;
	qsort(addresses, count, sizeof(*addresses), by_text);
	for (i = 0; i < count; i++)
		distinct += i == 0 || strcmp(addresses[i - 1], addresses[i]) != 0;
	if (distinct > shown_count)
		fprintf(out, " and %zu more", distinct - shown_count);
	fputs(".\n", out);
}

static void print_ends(FILE *out, const struct report_leak *leak)
{
	const char **addresses = allocate_zeroed(leak->socket_count, sizeof(*addresses));
	size_t count = 0, i;

	for (i = 0; leak->side == SIDE_ACCEPTED && i < leak->socket_count; i++)
		if (leak->sockets[i].local[0])
			addresses[count++] = leak->sockets[i].local;
	print_addresses(out, "  Accepted on ", addresses, count);
	for (i = count = 0; i < leak->socket_count; i++)
		if (leak->sockets[i].peer[0])
			addresses[count++] = leak->sockets[i].peer;
	print_addresses(out, "  Peers: ", addresses, count);
	free(addresses);
}

/* Where the kernel's word stands in place of an event. */
static void print_unseen(FILE *out, const struct report_leak *leak)
{
	if (leak->read_unseen)
		text_wrapped(out, "  ",
			     "No recorded call read the end of stream, but the kernel says that it "
			     "was taken (CLOSE_WAIT, nothing left to read): it was read by "
			     "io_uring or inside a library, or it came along with the last data "
			     "and nothing was read since.");
}

/* What has left CLOSE_WAIT leaks a descriptor all the same. */
static void print_out_of_sight(FILE *out, const struct report_leak *leak)
{
	if (!leak->out_of_sight || leak->class == CLASS_CONNECT_UNCLOSED)
		return;
	if (leak->count == 1)
		fputs("  It is", out);
	else if (leak->out_of_sight == leak->count && leak->count == 2)
		fputs("  Both are", out);
	else if (leak->out_of_sight == leak->count)
		fprintf(out, "  All %llu are", (unsigned long long)leak->count);
	else
		fprintf(out, "  %llu of the %llu %s", (unsigned long long)leak->out_of_sight,
			(unsigned long long)leak->count, leak->out_of_sight == 1 ? "is" : "are");
	fputs(" in state CLOSED, which `ss` does not list.\n", out);
}

void text_finding_begins(const struct text *text, const struct report_leak *leak, size_t number)
{
	static const enum style styles[VERDICT_COUNT] = { STYLE_RED, STYLE_YELLOW, STYLE_DIM };
	FILE *out = text->out;

	fputc('\n', out);
	text_begin(text, styles[leak->verdict]);
	fprintf(out, "%zu. %s", number, leak_class_name(leak->class));
	if (leak->reason != REASON_NONE)
		fprintf(out, " (%s)", leak_reason_name(leak->reason));
	if (leak->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(leak->verdict));
	text_end(text);
	fprintf(out, ": %llu socket%s", (unsigned long long)leak->count, text_plural(leak->count));
}

void text_because(const struct text *text, const struct report *report,
		  const struct report_leak *leak)
{
	size_t i;

	if (!report->explain)
		return;
	fprintf(text->out, "  Rule: %s, because\n", leak->rule);
	for (i = 0; i < leak->fact_count; i++)
		text_wrapped(text->out, "    - ", leak->facts[i]);
}

void text_finding(const struct text *text, const struct report *report,
		  const struct report_leak *leak, size_t number)
{
	FILE *out = text->out;

	text_finding_begins(text, leak, number);
	fputs(" at ", out);
	text_begin(text, STYLE_BOLD);
	text_site(out, leak->site);
	text_end(text);
	fprintf(out, "\n   %s\n", leak->headline);
	text_source(text, report, leak->site);
	text_stacks(text, leak);
	fputc('\n', out);
	text_ages(out, leak);
	print_ends(out, leak);
	text_holders(out, leak);
	text_unread(out, leak);
	text_interests(out, leak);
	text_poller(out, leak);
	text_listener(out, leak);
	print_unseen(out, leak);
	print_out_of_sight(out, leak);
	text_siblings(out, leak);
	text_uses(out, leak);
	text_wrapped(out, "  Fix: ", leak->fix);
	text_because(text, report, leak);
}
