/* SPDX-License-Identifier: MIT */
/* The text report on what the kernel alone shows. */
#include "analyzer/render/render_text_scan.h"

#include "analyzer/render/render.h"
#include "analyzer/render/render_text_blind.h"
#include "analyzer/render/render_text_finding.h"
#include "analyzer/render/render_text_kernel.h"
#include "analyzer/render/render_text_processes.h"
#include "analyzer/render/text_output.h"
#include "analyzer/base/utf8.h"

#define SHOWN 4

static void print_summary(const struct text *text, const struct report *report)
{
	FILE *out = text->out;

	text_begin(text, report->leaked_sockets ? STYLE_RED : STYLE_BOLD);
	if (report->leaked_sockets)
		fprintf(out, "finleak: %llu socket%s leaked in %llu group%s",
			(unsigned long long)report->leaked_sockets,
			text_plural(report->leaked_sockets), (unsigned long long)report->leak_sites,
			text_plural(report->leak_sites));
	else
		fputs(report->not_judged ? "finleak: no leaks among what could be looked at"
					 : "finleak: no leaks",
		      out);
	fprintf(out, " (%zu process%s with TCP sockets, looked at twice, ", report->process_count,
		report->process_count == 1 ? "" : "es");
	text_duration(out, report->samples_apart_ms);
	fputs(" apart)", out);
	text_end(text);
	fputc('\n', out);
	if (report->notes)
		fprintf(out, "  %llu note%s (--all shows them)\n",
			(unsigned long long)report->notes, text_plural(report->notes));
}

/* Nothing came from the peer since its FIN, but for answers to what we sent. */
static void print_age(FILE *out, const struct report_leak *leak)
{
	if (leak->held_max_ms < 0)
		return;
	fputs("  Nothing heard of the peer for ", out);
	if (leak->held_min_ms >= 0 && leak->held_min_ms < leak->held_max_ms) {
		text_duration(out, leak->held_min_ms);
		fputs(" to ", out);
	}
	text_duration(out, leak->held_max_ms);
	fputs(".\n", out);
}

static void print_peers(FILE *out, const struct report_leak *leak)
{
	size_t shown = 0, known = 0, i;

	for (i = 0; i < leak->socket_count; i++) {
		if (!leak->sockets[i].peer[0])
			continue;
		known++;
		if (shown < SHOWN)
			fprintf(out, "%s%s", shown++ ? ", " : "  Peers: ", leak->sockets[i].peer);
	}
	if (known > shown)
		fprintf(out, " and %zu more", known - shown);
	if (shown)
		fputs(".\n", out);
}

static void print_descriptors(FILE *out, const struct report_leak *leak)
{
	size_t i;

	if (leak->class == CLASS_NEVER_ACCEPTED)
		return;
	for (i = 0; i < leak->socket_count && i < SHOWN; i++)
		fprintf(out, "%s%d", i ? ", " : "  Descriptors: ", leak->sockets[i].fd);
	if (i < leak->socket_count)
		fprintf(out, " and %zu more", leak->socket_count - i);
	fputs(".\n", out);
}

void text_scan_finding(const struct text *text, const struct report *report,
		       const struct report_leak *leak, size_t number)
{
	FILE *out = text->out;

	text_finding_begins(text, leak, number);
	fputs(" of ", out);
	text_begin(text, STYLE_BOLD);
	text_process(out, leak->place->executable, leak->place->pid);
	fprintf(out, ", %s", leak->place->name);
	text_end(text);
	fprintf(out, "\n   %s\n\n", leak->headline);
	print_age(out, leak);
	text_unread(out, leak);
	print_peers(out, leak);
	print_descriptors(out, leak);
	text_holders(out, leak);
	text_interests(out, leak);
	text_listener(out, leak);
	text_wrapped(out, "  Fix: ", leak->fix);
	text_because(text, report, leak);
}

void render_text_scan(const struct report *report, FILE *out, bool color)
{
	struct text text = { .out = out, .color = color };
	size_t i;

	print_summary(&text, report);
	for (i = 0; i < report->leak_count; i++)
		text_scan_finding(&text, report, &report->leaks[i], i + 1);
	text_processes(&text, report);
	text_blind_spots(&text, report);
}
