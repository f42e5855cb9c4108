/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/call_sites/leak_executable.h"
#include "analyzer/report/finding_labels.h"
#include "analyzer/report/finding_lines.h"
#include "analyzer/report/fix_advice.h"
#include "analyzer/report/held_since.h"
#include "analyzer/report/reading_library.h"
#include "analyzer/report/report_failure.h"
#include "analyzer/report/report_owner.h"
#include "analyzer/report/report_siblings.h"
#include "analyzer/report/report_socket.h"
#include "analyzer/report/report_stacks.h"
#include "analyzer/report/report_uses.h"
#include "analyzer/report/stack_lines.h"
#include "analyzer/report/stream_reads.h"
#include "analyzer/rules/rule_match.h"
#include "analyzer/source/kept_on_free.h"

/* Where no recorded call opened the sockets, no code is known. */
static struct report_place *place_of(const struct call_site *site)
{
	struct report_place *place;
	char peer[ADDRESS_TEXT_SIZE] = "";

	if (!leak_is_by_kernel_alone(site->leaks[0]))
		return NULL;
	place = allocate_zeroed(1, sizeof(*place));
	place->pid = (int)site->key.pid;
	place->executable = leak_executable(site->leaks[0]);
	report_print_address(peer, sizeof(peer), &site->key.place);
	if (peer[0])
		snprintf(place->name, sizeof(place->name), "to %s", peer);
	else
		snprintf(place->name, sizeof(place->name), "local port %u", site->key.place.port);
	return place;
}

/* Leaks are grouped by their stacks; the rest is shown for the one that was held longest. */
static const struct leak *held_longest(const struct call_site *site)
{
	const struct leak *longest = site->leaks[0];
	size_t i;

	for (i = 1; i < site->leak_count - site->vague_count; i++)
		if (nanoseconds_between(site->leaks[i]->decided_ns, site->leaks[i]->until_ns) >
		    nanoseconds_between(longest->decided_ns, longest->until_ns))
			longest = site->leaks[i];
	return longest;
}

/* Has the program's own code alone called CHOICE's frame, from main() on? */
static bool is_called_by_own(const struct site_choice *choice, const struct leak *leak,
			     const struct own_globs *own)
{
	const struct frame *frame = choice->frame;
	const struct frame *end =
		choice->backtrace ? choice->backtrace->named + choice->backtrace->named_count
				  : NULL;

	/* A script's main() may be what its event loop runs. */
	if (!frame || !end || choice->registered_at || frame->script)
		return false;
	for (; frame < end && own_code_is_own(frame, leak_executable(leak), own); frame++)
		if (frame->function && strcmp(frame->function, "main") == 0)
			return true;
	return false;
}

/* Which frame is the site, and why. */
static void set_site(struct report *report, struct report_leak *shown, const struct leak *leak,
		     const struct site_choice *choice, const struct own_globs *own)
{
	bool decides = choice->stack == leak->deciding;
	const struct report_stack *called = decides && shown->stack_count ? &shown->stacks[0]
					    : choice->keeps ? report_stack_named(shown, STACK_NEXT)
							    : NULL;

	shown->site = choice->frame;
	shown->is_only_handler = choice->is_only_handler;
	if (choice->frame && !choice->is_only_handler)
		shown->site_stack = stack_kind_name(choice->stack);
	shown->in_loop = choice->in_loop;
	shown->wrappers = choice->wrapper;
	/* A stack's frames, up to the site. */
	shown->wrapper_count = choice->wrapper ? (size_t)(choice->frame - choice->wrapper) : 0;
	shown->registered_at = choice->registered_at;
	shown->is_foreign =
		choice->frame && !own_code_is_own(choice->frame, leak_executable(leak), own);
	shown->is_set_up = is_called_by_own(choice, leak, own);
	shown->at_opening = choice->stack == STACK_OPENED;
	shown->replaces = choice->keeps;
	shown->handed_out_by = site_handed_out_by(report->call_sites->chooser, choice, leak);
	shown->caller = report_caller_of(called, shown->site, leak, own);
	shown->generator = generator_of(shown->site, report->symbolizer);
	shown->reads_stream = decides && leak->deciding == STACK_EOF && shown->stack_count &&
			      reads_stream(&shown->stacks[0], shown->site, report->symbolizer);
}

/* Of what was closed and has no departure, the totals know how long it was held at most. */
static void add_ages_of_totals(struct report_leak *shown, const struct call_site *site)
{
	bool counted = false;
	size_t i;

	for (i = 0; i < site->leak_count; i++) {
		const struct recorded_total *total = site->leaks[i]->total;

		if (!total)
			continue;
		counted = true;
		if (ns_to_ms(total->held_max_ns) > shown->held_max_ms)
			shown->held_max_ms = ns_to_ms(total->held_max_ns);
	}
	if (counted)
		shown->held_min_ms = shown->held_median_ms = -1;
}

/* The library that opened the connections for SHOWN's site. NULL: none that is known to. */
static const struct reading_library *opening_library_of(const struct report_leak *shown)
{
	const struct report_stack *stack = report_stack_named(shown, STACK_OPENED);
	const struct reading_library *library;

	if (!shown->at_opening || !stack)
		return NULL;
	library = reading_library_of(stack->frames, stack->count, shown->site);
	return library && library->opens ? library : NULL;
}

static void set_library(const struct report *report, struct report_leak *shown,
			enum stack_kind deciding)
{
	const struct report_stack *stack = &shown->stacks[0];
	/* A library that listens for the program may read by another one. */
	const struct report_stack *listen = report_stack_named(shown, STACK_LISTEN);
	const struct reading_library *listener =
		listen && !listen->frames[0].script
			? reading_library_of(listen->frames, listen->count, shown->site)
			: NULL;
	bool in_stack = shown->site > stack->frames && shown->site < stack->frames + stack->count;
	const struct frame *inside = in_stack ? shown->site - 1 : NULL;

	/* A loop reads for every library: the one that opened them is the one to ask. */
	shown->library = opening_library_of(shown);
	if (!shown->library && deciding != STACK_OPENED) {
		shown->library = reading_library_of(stack->frames, stack->count, shown->site);
		if (shown->library && listener)
			shown->library = listener;
	}
	shown->library = reading_library_as_used(shown->library, shown);
	if (shown->library)
		shown->library_call = reading_library_call(inside, shown->site, report->symbolizer);
	shown->kept_on_free = is_kept_on_free(report->symbolizer, shown->site);
	shown->starts_reading = reading_library_start(shown->registered_at, report->symbolizer);
	shown->pause_line = reading_library_pause(shown->site, report->symbolizer);
	shown->limit_line = reading_library_limit(shown->registered_at, report->symbolizer);
}

/* Each accept() fails then. */
static bool is_out_of_descriptors(const struct holding *holding)
{
	const struct observation *observation = holding ? holding->process->observation : NULL;

	return observation && observation->descriptor_limit &&
	       observation->descriptors >= observation->descriptor_limit;
}

static bool uses_ring(const struct process *process)
{
	return (process->recording->header.blind & BLIND_IO_URING) ||
	       (process->observation && process->observation->rings);
}

static char *headline_of(const struct report_leak *shown, const struct rule *rule)
{
	if (shown->dropped_reset && shown->class == CLASS_ERROR_UNCLOSED)
		return allocate_text("The connection was reset and removed from epoll, but the "
				     "socket was never closed.");
	if (shown->failure.call[0] && shown->reason == REASON_NONE)
		return report_failure_headline(shown);
	return allocate_text(rule_headline(rule));
}

/* SHOWN is zeroed. */
static void fill(struct report *report, struct report_leak *shown, struct call_site *site,
		 const struct report_options *options)
{
	const struct leak *leak = held_longest(site);
	const struct site_choice choice = site_choose(report->call_sites->chooser, leak);
	size_t i;

	shown->call_site = site;
	shown->class = site->key.class;
	shown->reason = site->key.reason;
	shown->advised_reason = leak->unread_reason ? leak->unread_reason : leak->reason;
	shown->verdict = site->key.verdict;
	shown->count = site->count;
	shown->process = (size_t)(leak->process - report->recordings->list);
	report_add_stacks(report, shown, leak, &choice);
	set_site(report, shown, leak, &choice, &options->own);
	shown->place = place_of(site);
	if ((leak->deciding == STACK_EOF || leak->deciding == STACK_OPENED || shown->in_loop) &&
	    shown->stack_count)
		set_library(report, shown, shown->in_loop ? STACK_EOF : leak->deciding);
	memcpy(shown->id, site->id, sizeof(shown->id));
	shown->joined_ids = (const char(*)[CALL_SITE_ID_SIZE])site->joined_ids;
	shown->joined_count = site->joined_count;
	shown->side = site->side;
	shown->pooled = leak->pooled;
	report_set_uses(report, shown, leak, &options->own);
	report_set_failure(shown, leak, report->symbolizer);
	report_fill_sockets(shown, site->leaks, site->leak_count);
	shown->read_unseen = leak->read_unseen;
	shown->opened_before =
		leak->history && leak->history->row && leak->history->row->source == SOURCE_BEFORE;
	shown->sent_after_eof_ms = -1;
	if (leak->sent_ns)
		shown->sent_after_eof_ms =
			ns_to_ms(nanoseconds_between(leak->decided_ns, leak->sent_ns));
	for (i = 0; i < shown->socket_count; i++)
		shown->unlisted +=
			shown->sockets[i].tcp_state >= 0 &&
			strcmp(report_state_name(shown->sockets[i].tcp_state), "CLOSED") == 0;
	if (leak->class == CLASS_NEVER_ACCEPTED)
		shown->listener = report_listener_of(leak);
	if (leak->reason == REASON_NOT_POLLED_SINCE)
		shown->poller = report_poller_of(leak);
	report_set_owner(report, shown, leak, &options->own);
	shown->received = leak->holder && leak->holder->row->source == SOURCE_PASSED;
	shown->opened_caller = report_caller_of(report_stack_named(shown, STACK_OPENED),
						shown->opened_site, leak, &options->own);
	shown->by_ring = uses_ring(leak->process);
	shown->no_descriptors =
		leak->class == CLASS_NEVER_ACCEPTED && is_out_of_descriptors(leak->holder);
	report_sum_up_sockets(shown);
	shown->held_since = held_since(leak);
	finding_labels_fill(shown);
	add_ages_of_totals(shown, site);
	report_set_siblings(report, shown, site, leak, options);
	shown->headline = headline_of(shown, leak->rule);
	shown->rule = leak->rule->name;
	shown->facts = judge_facts(report->judged, leak, &options->judge, &shown->fact_count);
	finding_lines_fill(shown);
	shown->fix = fix_advice(shown, report->symbolizer);
}

void report_add_finding(struct report *report, struct call_site *site,
			const struct report_options *options)
{
	struct report_leak *shown =
		allocate_next(&report->leaks, report->leak_count, sizeof(*shown));

	report->leak_count++;
	fill(report, shown, site, options);
}

void report_fill_again(struct report *report, struct report_leak *finding, struct call_site *site,
		       const struct report_options *options)
{
	report_finding_clear(finding);
	*finding = (struct report_leak){ .id = "" };
	fill(report, finding, site, options);
}

void report_finding_clear(struct report_leak *finding)
{
	size_t i;

	for (i = 0; i < finding->socket_count; i++)
		free(finding->sockets[i].interests);
	free(finding->holders);
	for (i = 0; i < finding->fact_count; i++)
		free(finding->facts[i]);
	free(finding->facts);
	sentences_clear(&finding->lines);
	sentences_clear(&finding->to_suppress);
	stack_lines_clear(finding);
	free(finding->headline);
	free(finding->kind);
	free(finding->where);
	free(finding->title);
	free(finding->parting);
	free(finding->library_call);
	free(finding->place);
	free(finding->listener);
	free(finding->poller);
	free(finding->owner);
	free(finding->lock_holder.lock.mutex);
	free(finding->lock_holder.lock.function);
	free(finding->sockets);
	free(finding->labels);
	free(finding->leaked_by);
	for (i = 0; i < finding->closing_count; i++)
		free(finding->closings[i].words);
	free(finding->closings);
	free(finding->fix);
}
