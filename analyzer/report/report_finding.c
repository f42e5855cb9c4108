/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/finding_labels.h"
#include "analyzer/report/finding_lines.h"
#include "analyzer/report/fix_advice.h"
#include "analyzer/report/folding.h"
#include "analyzer/report/held_since.h"
#include "analyzer/report/reading_library.h"
#include "analyzer/report/report_failure.h"
#include "analyzer/call_sites/dispatchers.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/next_call.h"
#include "analyzer/call_sites/own_code.h"
#include "analyzer/report/report_owner.h"
#include "analyzer/report/report_siblings.h"
#include "analyzer/report/report_socket.h"
#include "analyzer/report/stack_lines.h"
#include "analyzer/report/stream_reads.h"
#include "analyzer/report/thread_waits.h"
#include "analyzer/rules/rule_match.h"

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

static const struct frame *site_at(struct report *report, const struct leak *leak,
				   enum stack_kind kind)
{
	const struct stack_ref *ref = &leak->stacks[kind];

	return site_in(report->call_sites->chooser,
		       backtraces_intern(report->backtraces, ref->recording, ref->id), leak);
}

static void add_backtrace(struct report_leak *shown, const struct backtrace *backtrace,
			  const struct frame *site, enum stack_kind kind)
{
	shown->stacks[shown->stack_count++] = (struct report_stack){
		.name = stack_kind_name(kind),
		.frames = backtrace->named,
		.count = backtrace->named_count,
		.site = site,
	};
}

static void add_stack(struct report *report, struct report_leak *shown, const struct leak *leak,
		      enum stack_kind kind)
{
	const struct stack_ref *ref = &leak->stacks[kind];
	struct backtrace *backtrace =
		backtraces_intern(report->backtraces, ref->recording, ref->id);

	if (!backtrace)
		return;
	backtrace_name(backtrace, report->symbolizer);
	add_backtrace(shown, backtrace, site_in(report->call_sites->chooser, backtrace, leak),
		      kind);
}

static bool is_touched(enum stack_kind kind)
{
	return kind == STACK_WROTE || kind == STACK_WATCHED || kind == STACK_READ;
}

/* Of the stacks of a socket's own use that of the site, or the first that is known: "touched". */
static void add_touched(struct report *report, struct report_leak *shown, const struct leak *leak,
			const struct site_choice *choice)
{
	static const enum stack_kind kinds[] = { STACK_WROTE, STACK_WATCHED, STACK_READ };
	size_t before = shown->stack_count, i;

	if (is_touched(choice->stack)) {
		add_stack(report, shown, leak, choice->stack);
		return;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && shown->stack_count == before; i++)
		add_stack(report, shown, leak, kinds[i]);
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

static void set_last_use(struct report_leak *shown, enum recorded_use use, uint64_t ns,
			 uint64_t end_ns)
{
	if (!ns || use == USE_ACCEPT || use > USE_SHUTDOWN_READ)
		return;
	shown->last_use = use;
	shown->last_use_before_end_ms = ns_to_ms(nanoseconds_between(ns, end_ns));
}

/*
 * The function that led to the last use USED and not to the read of the EOF. One that only calls
 * epoll_ctl() for others says less.
 */
static const struct frame *call_of_last_use(struct report *report, const struct leak *leak,
					    struct backtrace *used, const struct frame *site,
					    const struct own_globs *own)
{
	const struct stack_ref *ref = &leak->stacks[STACK_EOF];
	struct backtrace *read = backtraces_intern(report->backtraces, ref->recording, ref->id);
	struct divergence parts;

	if (!used || !read || !site)
		return site;
	backtrace_name(used, report->symbolizer);
	backtrace_name(read, report->symbolizer);
	parts = divergence_of(used->named, used->named_count, read->named, read->named_count);
	if (!parts.here || parts.here - 1 < used->named || parts.here - 1 <= site ||
	    !own_code_is_own(parts.here - 1, leak_executable(leak), own))
		return site;
	return parts.here - 1;
}

/* A listener's row has other things in the place of reads and their stack. */
static void set_uses(struct report *report, struct report_leak *shown, const struct leak *leak,
		     const struct own_globs *own)
{
	const struct recorded_socket *row = leak->history ? leak->history->row : NULL;
	const struct stack_ref *ref = &leak->stacks[STACK_LAST_USE];
	struct backtrace *used = backtraces_intern(report->backtraces, ref->recording, ref->id);
	enum site_caller caller;
	uint32_t reads = 0;

	if (row && row->role != ROLE_LISTENER) {
		reads = row->eof_reads;
		set_last_use(shown, row->last_use, row->last_use_ns, leak->until_ns);
	} else if (!row && leak->departing) {
		reads = leak->departing->departure->eof_reads;
	}
	shown->rereads = reads > 1 ? reads - 1 : 0;
	shown->last_use_site = site_at(report, leak, STACK_LAST_USE);
	shown->last_use_call = call_of_last_use(report, leak, used, shown->last_use_site, own);
	caller = site_caller_in(report->call_sites->chooser, used, leak);
	shown->last_use_is_own = caller == CALLER_OWN;
	shown->last_use_in_loop = caller == CALLER_LOOP;
	shown->reread_site = site_at(report, leak, STACK_REREAD);
	shown->closed_site = site_at(report, leak, STACK_CLOSED);
	shown->opened_site = site_at(report, leak, STACK_OPENED);
	shown->forked_site = site_at(report, leak, STACK_FORKED);
	shown->wrote_site = site_at(report, leak, STACK_WROTE);
	shown->used_site =
		shown->wrote_site ? shown->wrote_site : site_at(report, leak, STACK_READ);
}

static void set_next(struct report *report, struct report_leak *shown, const struct leak *leak)
{
	const struct next_call next = leak_next_call(leak);

	shown->next = (struct report_next){
		.call = next.call,
		.fd = next.fd,
		.own = next.own,
		.after_ms = ns_to_ms(nanoseconds_between(leak->decided_ns, next.ns)),
		.site = site_at(report, leak, STACK_NEXT),
	};
}

static bool is_unused(const struct recorded_socket *row)
{
	return row->source == SOURCE_ACCEPT && !row->read_stack && !row->write_stack &&
	       !row->eof_ns && !row->error_ns && !row->shutdown_ns;
}

static void set_number(struct report *report, struct report_leak *shown, const struct leak *leak)
{
	const struct recorded_socket *row = leak->history ? leak->history->row : NULL;

	shown->number.closed_before_ms = -1;
	if (!row || !row->number_closed_ns || row->number_closed_ns > row->opened_ns ||
	    !is_unused(row))
		return;
	shown->number.closed_before_ms =
		ns_to_ms(nanoseconds_between(row->number_closed_ns, row->opened_ns));
	shown->number.closed_site =
		site_in(report->call_sites->chooser,
			backtraces_intern(report->backtraces, leak->history->process->recording,
					  row->number_closed_stack),
			leak);
}

/* The program's own code that called SITE in STACK; main() has other things to do. NULL none. */
static const struct frame *caller_of(const struct report_stack *stack, const struct frame *site,
				     const struct leak *leak, const struct own_globs *own)
{
	const struct frame *caller;

	if (!stack || !site || site < stack->frames || site + 1 >= stack->frames + stack->count)
		return NULL;
	caller = site + 1;
	return !frames_share_function(caller, site) && fold_of(caller) == FOLD_NOT &&
			       !(caller->function && strcmp(caller->function, "main") == 0) &&
			       !is_known_dispatcher(caller) &&
			       own_code_is_own(caller, leak_executable(leak), own)
		       ? caller
		       : NULL;
}

static const struct report_stack *stack_named(const struct report_leak *shown, enum stack_kind kind)
{
	size_t i;

	for (i = 0; i < shown->stack_count; i++)
		if (strcmp(shown->stacks[i].name, stack_kind_name(kind)) == 0)
			return &shown->stacks[i];
	return NULL;
}

/* What a library pauses, the program has not paused. */
static void set_pause(struct report *report, struct report_leak *shown, const struct leak *leak,
		      const struct own_globs *own)
{
	const struct stack_ref *ref = &leak->stacks[STACK_PAUSED];
	const struct recorded_socket *row = leak->history ? leak->history->row : NULL;
	struct backtrace *backtrace =
		backtraces_intern(report->backtraces, ref->recording, ref->id);

	if (leak->class != CLASS_FIN_UNREAD ||
	    site_caller_in(report->call_sites->chooser, backtrace, leak) != CALLER_OWN)
		return;
	shown->paused_site = site_at(report, leak, STACK_PAUSED);
	shown->paused_caller =
		caller_of(stack_named(shown, STACK_PAUSED), shown->paused_site, leak, own);
	shown->armed_once = row && (row->epoll_interest & EPOLLONESHOT);
}

/* What the thread is doing that should see to the sockets. */
static void set_owner(struct report *report, struct report_leak *shown, const struct leak *leak,
		      const struct own_globs *own)
{
	struct backtrace *backtrace;
	const struct frame *site;

	if (leak->class != CLASS_FIN_UNREAD && leak->class != CLASS_NEVER_ACCEPTED)
		return;
	shown->owner = report_owner_of(leak);
	backtrace = report_owner_stack(leak, shown->owner, report->backtraces);
	if (!backtrace)
		return;
	backtrace_name(backtrace, report->symbolizer);
	site = site_in(report->call_sites->chooser, backtrace, leak);
	/*
	 * An interpreter's own code is often in no recorded stack, and then its module is not
	 * known: the recorder keeps the script's frames in its place.
	 */
	if (!site || !site->function)
		return;
	shown->thread_site = site;
	add_backtrace(shown, backtrace, site, STACK_THREAD);
	shown->thread_caller =
		caller_of(stack_named(shown, STACK_THREAD), shown->thread_site, leak, own);
	shown->waits_for = thread_waits_for(stack_named(shown, STACK_THREAD), report->symbolizer);
}

/* Which frame is the site, and why. */
static void set_site(struct report *report, struct report_leak *shown, const struct leak *leak,
		     const struct site_choice *choice, const struct own_globs *own)
{
	bool decides = choice->stack == leak->deciding;

	shown->site = choice->frame;
	shown->site_stack = choice->frame ? stack_kind_name(choice->stack) : NULL;
	shown->in_loop = choice->in_loop;
	shown->wrappers = choice->wrapper;
	/* A stack's frames, up to the site. */
	shown->wrapper_count = choice->wrapper ? (size_t)(choice->frame - choice->wrapper) : 0;
	shown->registered_at = choice->registered_at;
	shown->at_opening = choice->stack == STACK_OPENED;
	shown->caller = decides && shown->stack_count
				? caller_of(&shown->stacks[0], shown->site, leak, own)
				: NULL;
	shown->reads_stream = decides && leak->deciding == STACK_EOF &&
			      reads_stream(shown->stack_count ? shown->stacks[0].frames : NULL,
					   shown->site, report->symbolizer);
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

static void set_library(const struct report *report, struct report_leak *shown,
			enum stack_kind deciding)
{
	const struct report_stack *stack = &shown->stacks[0];
	bool in_stack = shown->site > stack->frames && shown->site < stack->frames + stack->count;
	const struct frame *inside = in_stack ? shown->site - 1 : NULL;

	shown->library = reading_library_of(stack->frames, stack->count, shown->site);
	if (shown->library && deciding == STACK_OPENED && !shown->library->opens)
		shown->library = NULL;
	if (shown->library)
		shown->library_call = reading_library_call(inside, shown->site, report->symbolizer);
	shown->starts_reading = reading_library_start(shown->registered_at, report->symbolizer);
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
		return allocate_text("The connection was reset, and only taken out of its epoll "
				     "set: the socket was never closed.");
	if (shown->failure.call[0] && shown->reason == REASON_NONE)
		return allocate_printed("%s failed with %s, but the socket was never closed.",
					shown->failure.call, shown->failure.error);
	return allocate_text(rule_headline(rule));
}

/* SHOWN is zeroed. */
static void fill(struct report *report, struct report_leak *shown, struct call_site *site,
		 const struct report_options *options)
{
	const struct leak *leak = held_longest(site);
	const struct site_choice choice = site_choose(report->call_sites->chooser, leak);
	unsigned int kind;
	size_t i;

	shown->call_site = site;
	shown->class = site->key.class;
	shown->reason = site->key.reason;
	shown->advised_reason = leak->unread_reason ? leak->unread_reason : leak->reason;
	shown->verdict = site->key.verdict;
	shown->count = site->count;
	shown->process = (size_t)(leak->process - report->recordings->list);
	add_stack(report, shown, leak, leak->deciding);
	for (kind = 0; kind < STACK_KINDS; kind++) {
		if (is_touched(kind))
			continue;
		if (kind == STACK_OPENED)
			add_touched(report, shown, leak, &choice);
		/* That of its listener, which is another socket. */
		if (kind == STACK_LISTEN && choice.stack == kind && kind != leak->deciding)
			add_backtrace(shown, choice.backtrace, choice.frame, kind);
		else if (kind != leak->deciding)
			add_stack(report, shown, leak, kind);
	}
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
	set_uses(report, shown, leak, &options->own);
	set_next(report, shown, leak);
	set_pause(report, shown, leak, &options->own);
	report_set_failure(shown, leak, report->symbolizer);
	set_number(report, shown, leak);
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
	set_owner(report, shown, leak, &options->own);
	shown->received = leak->holder && leak->holder->row->source == SOURCE_PASSED;
	shown->opened_caller = caller_of(stack_named(shown, STACK_OPENED), shown->opened_site, leak,
					 &options->own);
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
	free(finding->sockets);
	free(finding->labels);
	free(finding->leaked_by);
	for (i = 0; i < finding->closing_count; i++)
		free(finding->closings[i].words);
	free(finding->closings);
	free(finding->fix);
}
