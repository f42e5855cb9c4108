/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_uses.h"

#include <sys/epoll.h>

#include "analyzer/base/clock.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/leak_executable.h"
#include "analyzer/call_sites/next_call.h"
#include "analyzer/call_sites/own_code.h"
#include "analyzer/call_sites/site_in_stack.h"
#include "analyzer/report/report_stacks.h"

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
 * epoll_ctl() for others is worth less.
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
static void set_last_uses(struct report *report, struct report_leak *shown, const struct leak *leak,
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
	shown->last_use_site = report_site_at(report, leak, STACK_LAST_USE);
	shown->last_use_call = call_of_last_use(report, leak, used, shown->last_use_site, own);
	caller = site_caller_in(report->call_sites->chooser, used, leak);
	shown->last_use_is_own = caller == CALLER_OWN;
	shown->last_use_in_loop = caller == CALLER_LOOP;
	shown->reread_site = report_site_at(report, leak, STACK_REREAD);
	shown->closed_site = report_site_at(report, leak, STACK_CLOSED);
	shown->opened_site = report_site_at(report, leak, STACK_OPENED);
	shown->forked_site = report_site_at(report, leak, STACK_FORKED);
	shown->wrote_site = report_site_at(report, leak, STACK_WROTE);
	shown->used_site =
		shown->wrote_site ? shown->wrote_site : report_site_at(report, leak, STACK_READ);
}

static void set_next(struct report *report, struct report_leak *shown, const struct leak *leak)
{
	const struct next_call next = leak_next_call(leak);

	shown->next = (struct report_next){
		.call = next.call,
		.fd = next.fd,
		.own = next.own,
		.after_ms = ns_to_ms(nanoseconds_between(leak->decided_ns, next.ns)),
		.site = report_site_at(report, leak, STACK_NEXT),
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
	shown->paused_site = report_site_at(report, leak, STACK_PAUSED);
	shown->paused_caller = report_caller_of(report_stack_named(shown, STACK_PAUSED),
						shown->paused_site, leak, own);
	shown->armed_once = row && (row->epoll_interest & EPOLLONESHOT);
}

void report_set_uses(struct report *report, struct report_leak *shown, const struct leak *leak,
		     const struct own_globs *own)
{
	set_last_uses(report, shown, leak, own);
	set_next(report, shown, leak);
	set_pause(report, shown, leak, own);
	set_number(report, shown, leak);
}
