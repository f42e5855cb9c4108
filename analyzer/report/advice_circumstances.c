/* SPDX-License-Identifier: MIT */
#include "analyzer/report/advice_circumstances.h"

#include <string.h>

#include "analyzer/report/closing_words.h"
#include "analyzer/report/object_words.h"
#include "analyzer/report/report_siblings.h"
#include "analyzer/report/thread_advice.h"
#include "analyzer/rules/polling.h"

/* An interpreter that closes what a script has left is no place to close elsewhere. */
static bool closed_by_program(const struct report_leak *leak)
{
	const struct frame *closed = leak->closed_site;

	if (!closed || !closed->function)
		return false;
	if (closed->script)
		return true;
	return !(leak->site && leak->site->script) &&
	       !language_of_engine(closed->module, closed->function);
}

/*
 * EPOLL_CTL_DEL is what was done with them last. Where others were closed further on their way from
 * the same function, they were taken out of epoll as well: what is missing comes later.
 */
static bool left_epoll(const struct report_leak *leak)
{
	if (leak->last_use != USE_EPOLL_DEL || !leak->last_use_is_own || !leak->last_use_site)
		return false;
	return !siblings_show_close(leak) || !leak->divergence.here || !leak->last_use_call ||
	       !frames_share_function(leak->divergence.here, leak->last_use_call);
}

/* A later close has other reasons. */
#define RIGHT_AFTER_MS 5

/* Does the function that reads the EOF close others itself, further on? */
static bool closes_others_itself(const struct report_leak *leak)
{
	return siblings_show_close(leak) && leak->divergence.here &&
	       leak->divergence.here == leak->site && closes_where_parted(leak);
}

/* Is FRAME of the function that runs the whole program of LEAK's first stack? */
static bool runs_program(const struct report_leak *leak, const struct frame *frame)
{
	const struct report_stack *stack = leak->stack_count ? &leak->stacks[0] : NULL;
	size_t i = stack ? stack->count : 0;

	if (!frame->script)
		return frame->function && strcmp(frame->function, "main") == 0;
	while (i > 0 && !stack->frames[i - 1].script)
		i--;
	return i > 0 && frames_share_function(&stack->frames[i - 1], frame);
}

/*
 * Did the thread that read the EOF close another connection for it, as a proxy does? Not where the
 * function has left ahead of its own close. Where the program's outermost function has others read,
 * it may be a loop, and close for another event.
 */
static bool closed_another(const struct report_leak *leak)
{
	const struct frame *closed = leak->next.site;

	return !closes_others_itself(leak) && leak->next.call == NEXT_CLOSE && !leak->next.own &&
	       closed && leak->next.after_ms < RIGHT_AFTER_MS && leak->opened_site &&
	       !leak->in_loop &&
	       (!runs_program(leak, closed) || frames_share_function(closed, leak->site));
}

/* Node.js reads until it has enough, and gets to the EOF only once the program has taken that. */
static bool reads_ahead(const struct report_leak *leak)
{
	if (!leak->site)
		return false;
	return frame_language(leak->site) == &language_javascript ||
	       language_of_engine(leak->site->module, leak->site->function) == &language_javascript;
}

/* A stream, of C or a script, may read once more by itself, to fill its buffer. */
static bool reads_again(const struct report_leak *leak)
{
	bool fills = leak->reads_stream || (leak->site && leak->site->script);

	return leak->eof_reads_max > (fills ? 2 : 1);
}

/* Did no read get to the EOF, though its thread polls? It may have come with the last data. */
static bool is_left_unread(const struct report_leak *leak)
{
	return !leak->poller && (leak->class == CLASS_FIN_UNREAD || leak->read_unseen);
}

uint64_t advice_circumstances(const struct report_leak *leak)
{
	const struct divergence *parts = &leak->divergence;
	const struct {
		bool met;
		enum advice_when when;
	} all[] = {
		{ leak->side == SIDE_ACCEPTED, ADVICE_ACCEPTED },
		{ leak->pooled && !leak->siblings_closed, ADVICE_POOLED },
		{ leak->at_opening, ADVICE_AT_OPENING },
		{ leak->library, ADVICE_LIBRARY },
		{ leak->library && leak->library->keeps_open, ADVICE_KEEPS_OPEN },
		{ leak->library && leak->library->opens, ADVICE_OPENS },
		{ leak->library_call, ADVICE_LIBRARY_CALL },
		{ leak->library && leak->kept_on_free, ADVICE_KEPT_ON_FREE },
		{ leak->in_loop, ADVICE_IN_LOOP },
		{ left_epoll(leak), ADVICE_LEFT_EPOLL },
		{ leak->paused_site, ADVICE_PAUSED },
		{ leak->armed_once, ADVICE_ARMED_ONCE },
		{ leak->used_site, ADVICE_USED },
		{ closed_another(leak), ADVICE_CLOSED_OTHER },
		{ (leak->site && leak->site->script) || leak->library, ADVICE_SCRIPT },
		{ reads_again(leak), ADVICE_READ_AGAIN },
		{ siblings_show_close(leak), ADVICE_SIBLINGS_CLOSED },
		{ parts->here && !closes_where_parted(leak), ADVICE_PARTED_BEFORE },
		{ parts->here && closes_where_parted(leak) && parts->here != leak->site,
		  ADVICE_PARTED },
		{ parts->here && closes_where_parted(leak) && parts->here == leak->site,
		  ADVICE_PARTED_AT_SITE },
		{ closed_by_program(leak), ADVICE_CLOSED },
		{ closed_by_program(leak) && leak->reason == REASON_CLOSED_AT_EXIT, ADVICE_EXIT },
		{ leak->sent_after_eof_ms >= 0, ADVICE_SENT },
		{ thread_doing(leak)[0], ADVICE_DOING },
		{ leak->thread_site, ADVICE_THREAD_AT },
		{ leak->no_descriptors, ADVICE_NO_DESCRIPTORS },
		{ waits_for_events(thread_doing(leak)), ADVICE_THREAD_WAITS },
		{ strcmp(thread_doing(leak), "runs") == 0, ADVICE_THREAD_RUNS },
		{ strcmp(thread_doing(leak), "has ended") == 0, ADVICE_THREAD_ENDED },
		{ leak->received, ADVICE_RECEIVED },
		{ leak->by_ring, ADVICE_RING },
		{ leak->site && leak->site->file && closing_words_of_source(leak->site->file),
		  ADVICE_RUNTIME },
		{ leak->verdict == VERDICT_NOTE, ADVICE_NOTE },
		{ leak->dropped_reset, ADVICE_DROPPED },
		{ thread_is_locked(leak), ADVICE_LOCKED },
		{ thread_is_locked(leak) && leak->lock_holder.thread, ADVICE_HOLDER },
		{ thread_is_locked(leak) && leak->lock_holder.lock.file, ADVICE_LOCK_KNOWN },
		{ thread_is_locked(leak) && leak->lock_holder.waits, ADVICE_OWN_LOCK },
		{ thread_language(leak), ADVICE_SCRIPT_THREAD },
		{ leak->next.call == NEXT_WRITE && leak->next.own && leak->next.site,
		  ADVICE_REPLIED },
		{ constructor_of(leak), ADVICE_CONSTRUCTOR },
		{ leak->replaces, ADVICE_REPLACES },
		{ reads_ahead(leak), ADVICE_READS_AHEAD },
		{ leak->is_foreign, ADVICE_FOREIGN },
		{ leak->library && leak->limit_line, ADVICE_LIMITED },
		{ leak->generator && !leak->poller, ADVICE_GENERATOR },
		{ leak->pause_line && leak->library && is_left_unread(leak), ADVICE_PAUSE_LINE },
		{ leak->library && leak->library->pauses && is_left_unread(leak), ADVICE_PAUSES },
		{ leak->site && leak->site->script, ADVICE_SITE_SCRIPT },
	};
	uint64_t when = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		when |= all[i].met ? all[i].when : 0;
	return when;
}
