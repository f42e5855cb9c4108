/* SPDX-License-Identifier: MIT */
#include "analyzer/report/fix_advice.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/filled_text.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/line.h"
#include "analyzer/report/object_words.h"
#include "analyzer/report/reading_handler.h"
#include "analyzer/report/reading_library.h"
#include "analyzer/report/report_siblings.h"
#include "analyzer/report/source_call.h"
#include "analyzer/report/thread_advice.h"
#include "analyzer/rules/polling.h"
#include "analyzer/source/hangup_check.h"

/* The words of compiled languages whose programs see no descriptor; NULL: FILE is of none. */
static const struct closing_words *words_of_source(const char *file)
{
	static const struct {
		const char *ending;
		struct closing_words words;
	} all[] = {
		{ ".rs",
		  { "drop()", "drop() on the stream (or let it go out of scope)",
		    "returns Ok(0)" } },
		{ ".go",
		  { "Close()", "Close() on the connection, or on an HTTP response's Body,",
		    "returns io.EOF" } },
	};
	size_t length = strlen(file), i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (length > 3 && strcmp(file + length - 3, all[i].ending) == 0)
			return &all[i].words;
	return NULL;
}

/* Filled in OF_LIBRARY where a library reads. */
static const struct closing_words *closing_words_of(const struct report_leak *leak,
						    struct closing_words *of_library)
{
	static const struct closing_words descriptor = { "close()", "close() on the descriptor",
							 "returns 0" };
	static const struct closing_words stream = {
		"fclose()", "fclose() on the stream, which closes its descriptor,", "finds EOF"
	};
	static const struct closing_words file_of_socket = {
		"close()", "close() on the file that makefile() returned and on the socket",
		"returns b''"
	};
	const struct closing_words *of_source = NULL;
	const struct language *language;

	if (leak->library) {
		*of_library = (struct closing_words){ leak->library->call, leak->library->close,
						      leak->library->ends };
		return of_library;
	}
	language = leak->site ? frame_language(leak->site) : NULL;
	/* A script whose frames are not visible spells it as others of its language. */
	if (!language && leak->site)
		language = language_of_engine(leak->site->module, leak->site->function);
	if (language == &language_python && leak->reads_stream)
		return &file_of_socket;
	if (language)
		return &language->closing;
	if (leak->site && leak->site->file)
		of_source = words_of_source(leak->site->file);
	if (of_source)
		return of_source;
	return leak->reads_stream ? &stream : &descriptor;
}

static bool has_name(const struct frame *frame)
{
	return frame && frame->function;
}

/* An interpreter that closes what a script has left is no place to close elsewhere. */
static bool closed_by_program(const struct report_leak *leak)
{
	const struct frame *closed = leak->closed_site;

	if (!has_name(closed) || closed->script)
		return has_name(closed);
	return !(leak->site && leak->site->script) &&
	       !language_of_engine(closed->module, closed->function);
}

static bool siblings_closed(const struct report_leak *leak)
{
	return leak->siblings_closed && leak->closing_count;
}

/*
 * EPOLL_CTL_DEL is what was done with them last. Where others were closed further on their way from
 * the same function, they were taken out of epoll as well: what is missing comes later.
 */
static bool left_epoll(const struct report_leak *leak)
{
	if (leak->last_use != USE_EPOLL_DEL || !leak->last_use_is_own || !leak->last_use_site)
		return false;
	return !siblings_closed(leak) || !leak->divergence.here || !leak->last_use_call ||
	       !frames_share_function(leak->divergence.here, leak->last_use_call);
}

/* A later close has other reasons. */
#define RIGHT_AFTER_MS 5

/* Does the function that reads the EOF close others itself, further on? */
static bool closes_others_itself(const struct report_leak *leak)
{
	return siblings_closed(leak) && leak->divergence.here &&
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

/* The enum advice_when that LEAK meets. */
static uint64_t circumstances_of(const struct report_leak *leak)
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
		{ siblings_closed(leak), ADVICE_SIBLINGS_CLOSED },
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
		{ leak->site && leak->site->file && words_of_source(leak->site->file),
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
		{ leak->pause_line && leak->library && !leak->poller &&
			  (leak->class == CLASS_FIN_UNREAD || leak->read_unseen),
		  ADVICE_PAUSE_LINE },
	};
	uint64_t when = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		when |= all[i].met ? all[i].when : 0;
	return when;
}

/* Where most of the others were closed. */
static const struct frame *closing_of(const struct report_leak *leak)
{
	if (leak->closer && !leak->in_loop)
		return leak->closer;
	return leak->closing_count ? leak->closings[0].site : NULL;
}

/* A place without a name would only confuse. */
static char *as_others_words(const struct report_leak *leak)
{
	const struct frame *closing = siblings_closed(leak) ? closing_of(leak) : NULL;
	char *call, *text;

	if (!has_name(closing))
		return allocate_text("");
	call = frame_call(closing);
	text = allocate_printed(", as %s does for other connections", call);
	free(call);
	return text;
}

/* Who hands connections out that it has others open for it, or takes from a pool. */
static char *pool_words(const struct report_leak *leak)
{
	char *call, *text;

	if (!leak->handed_out_by)
		return allocate_text("a pool");
	call = frame_call(leak->handed_out_by);
	text = allocate_printed("the pool of %s", call);
	free(call);
	return text;
}

/* Where the program reads what arrives for the site, or where it stops to. */
static char *reader_words(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	unsigned int paused;
	char *reader, *text;

	if (!leak->at_opening || !leak->site || frame_language(leak->site) != &language_javascript)
		return allocate_text("");
	paused = reading_pause(leak->site, symbolizer);
	if (paused)
		return allocate_printed(", paused at %s:%u,", path_base(leak->site->file), paused);
	reader = reading_handler(leak->site, symbolizer);
	text = reader ? allocate_printed(", in %s,", reader) : allocate_text("");
	free(reader);
	return text;
}

/* What the site has to do with the connection. */
static const char *opening_of(const struct report_leak *leak, const char *opened)
{
	if (leak->registered_at || leak->is_only_handler)
		return "handled in";
	if (!leak->site_stack || leak->at_opening)
		return opened;
	if (strcmp(leak->site_stack, "listen") == 0)
		return "of the listener in";
	return leak->in_loop || strcmp(leak->site_stack, "touched") == 0 ? "used in" : opened;
}

static char *called_by(const struct frame *caller)
{
	char *call = caller ? frame_call(caller) : NULL, *text;

	text = call ? allocate_printed(", called by %s,", call) : allocate_text("");
	free(call);
	return text;
}

/* Where the site is known by its use, or is where they are used, it is named already. */
static char *and_used(const struct report_leak *leak)
{
	char *place, *text;

	if (!leak->at_opening || !leak->used_site || leak->used_site == leak->site ||
	    frames_share_call(leak->used_site, leak->site) ||
	    frames_share_function(leak->used_site, leak->site))
		return allocate_text("");
	place = frame_call(leak->used_site);
	text = allocate_printed(" and used in %s", place);
	free(place);
	return text;
}

static char *held_words(double ms)
{
	struct line line;

	print_duration(line_begin(&line), ms);
	return line_end(&line);
}

static char *at_words(const struct frame *frame)
{
	char *place = frame ? frame_call(frame) : NULL, *text;

	text = place ? allocate_printed(" in %s", place) : allocate_text("");
	free(place);
	return text;
}

/* What should have closed. Where the site is only what leads to the handler, it is not to blame. */
static const char *ahead_of_lacking(const struct report_leak *leak)
{
	const char *stack = leak->site_stack;

	if (!leak->in_loop || !stack || !leak->stack_count || leak->registered_at)
		return "";
	if (strcmp(stack, leak->stacks[0].name) == 0)
		return "a handler of the event loop at ";
	if (strcmp(stack, "opened") == 0)
		return "a handler of the connections opened in ";
	if (strcmp(stack, "listen") == 0)
		return "a handler of the connections of the listener in ";
	return "";
}

/* The end is an event of its own: the handler of another one does not get it. */
static bool ends_by_event(const struct report_leak *leak)
{
	return leak->site && leak->site_stack &&
	       frame_language(leak->site) == &language_javascript &&
	       strcmp(leak->site_stack, "touched") == 0;
}

/* The callback of LEAK's library that gets the end, where the site is another; NULL: it may be it.
 */
static const char *end_handler_of(const struct report_leak *leak)
{
	if (!leak->library || leak->registered_at || !leak->in_loop || !leak->site_stack ||
	    strcmp(leak->site_stack, "touched") != 0)
		return NULL;
	if (leak->library->end_handler)
		return leak->library->end_handler;
	return leak->is_set_up ? "a callback" : NULL;
}

static char *lacks_words(const struct report_leak *leak)
{
	char *site = frame_call(leak->site), *text;

	/* A callback for new connections reads nothing itself. */
	if (leak->starts_reading)
		text = allocate_printed("%s, the connection callback, %s", site,
					leak->starts_reading);
	else if (leak->is_foreign)
		text = allocate_text(leak->library && leak->library->by_itself
					     ? leak->library->by_itself
					     : "no recorded call shows its handler");
	else if (leak->is_only_handler)
		text = allocate_printed(
			"%s%s%s is the only handler that was seen",
			leak->library && leak->library->by_itself ? leak->library->by_itself : "",
			leak->library && leak->library->by_itself ? "; " : "", site);
	else if (end_handler_of(leak))
		text = allocate_printed("%s of the connections used in %s does not",
					end_handler_of(leak), site);
	else if (ends_by_event(leak))
		text = allocate_printed("handle that event where %s, or what calls it, is "
					"registered",
					site);
	else
		text = allocate_printed("%s%s does not", ahead_of_lacking(leak), site);
	free(site);
	return text;
}

/* Who makes the call for the site, and may return something else than the call; NULL: nobody. */
static const struct frame *wrapper_of(const struct report_leak *leak)
{
	const struct frame *called;

	if (!leak->wrapper_count || leak->in_loop || leak->at_opening)
		return NULL;
	called = &leak->wrappers[leak->wrapper_count - 1];
	return called->function ? called : NULL;
}

static char *hangup_words(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	unsigned int line = leak->site ? hangup_check(symbolizer, leak->site) : 0;

	return line ? allocate_printed(" (%s:%u)", path_base(leak->site->file), line)
		    : allocate_text("");
}

static char *turn_words(const struct frame *closing, struct symbolizer *symbolizer)
{
	return closing ? source_quoted_call(closing, symbolizer) : allocate_text("");
}

static char *error_words(const struct report_failure *failure)
{
	return failure->error[0] ? allocate_printed(" with %s", failure->error) : allocate_text("");
}

static const char *advice_on(const struct report_leak *leak)
{
	return advice_for(leak->class, leak->advised_reason, circumstances_of(leak),
			  leak->place ? ADVICE_SCANNED : ADVICE_RECORDED);
}

bool fix_advice_shows_parting(const struct report_leak *leak)
{
	const char *text = advice_on(leak);

	return strstr(text, "{turn}") || strstr(text, "{constructor}");
}

/* What words are taken from. */
struct advised {
	const struct report_leak *leak;
	const struct closing_words *closing;
	struct symbolizer *symbolizer;
};

static char *word_of(const void *context, enum advice_word word)
{
	const struct advised *of = context;
	const struct report_leak *leak = of->leak;

	switch (word) {
	case WORD_SITE:
		return frame_call(leak->site);
	case WORD_CLOSING:
		return frame_call(closing_of(leak));
	case WORD_HERE:
		return frame_call(leak->divergence.here);
	case WORD_CALL:
		return allocate_text(of->closing->call);
	case WORD_CLOSE:
		return allocate_text(of->closing->close);
	case WORD_ENDS:
		return allocate_text(wrapper_of(leak) ? "finds EOF" : of->closing->ends);
	case WORD_OPENED:
		return allocate_text(opening_of(leak, "opened in"));
	case WORD_ACCEPTED:
		return allocate_text(opening_of(leak, "accepted in"));
	case WORD_SENT_MS:
		return allocate_printed("%.0f", leak->sent_after_eof_ms);
	case WORD_LIBRARY:
		return allocate_text(leak->library ? leak->library->name : "");
	case WORD_HANGUP:
		return hangup_words(leak, of->symbolizer);
	case WORD_READING:
		return wrapper_of(leak) ? frame_function(wrapper_of(leak))
					: allocate_text("the read");
	case WORD_READ:
		return allocate_text(leak->library_call ? leak->library_call : "");
	case WORD_DOING:
		return thread_doing_words(leak);
	case WORD_FOR:
		return thread_for_words(leak);
	case WORD_THREAD:
		return frame_call_by(leak->thread_site, leak->thread_caller);
	case WORD_CALLED:
		return called_by(leak->caller);
	case WORD_CLOSED:
		return frame_call(leak->closed_site);
	case WORD_USED:
		return frame_call(leak->last_use_call);
	case WORD_HELD:
		return held_words(leak->held_max_ms);
	case WORD_OPENING:
		return frame_call(leak->opened_site);
	case WORD_PAUSED:
		return frame_call_by(leak->paused_site, leak->paused_caller);
	case WORD_AND_USED:
		return and_used(leak);
	case WORD_TOUCHED:
		return frame_call(leak->used_site);
	case WORD_NEXT:
		return frame_call(leak->next.site);
	case WORD_FAILING:
		if (wrapper_of(leak))
			return frame_function(wrapper_of(leak));
		return allocate_text(leak->failure.call[0] ? leak->failure.call : "the call");
	case WORD_ERROR:
		return error_words(&leak->failure);
	case WORD_FORK:
		return at_words(leak->forked_site);
	case WORD_SCOPE:
		return allocate_text(scope_words(leak));
	case WORD_SENDING:
		return at_words(leak->wrote_site);
	case WORD_LACKS:
		return lacks_words(leak);
	case WORD_RECEIVER:
		return frame_call_by(leak->opened_site, leak->opened_caller);
	case WORD_TURN:
		return turn_words(leak->divergence.closing, of->symbolizer);
	case WORD_AS_OTHERS:
		return as_others_words(leak);
	case WORD_POOL:
		return pool_words(leak);
	case WORD_CONSTRUCTOR:
		return frame_call(constructor_of(leak));
	case WORD_READER:
		return reader_words(leak, of->symbolizer);
	case WORD_LIMIT:
		return allocate_printed("%s:%u", path_base(leak->registered_at->file),
					leak->limit_line);
	case WORD_PAUSE:
		return allocate_printed("%s:%u", path_base(leak->site->file), leak->pause_line);
	case WORD_ENDING:
		return allocate_text(leak->generator == GENERATOR_ASYNC ? "aclose()" : "close()");
	case WORD_SCOPED:
		return allocate_text(leak->generator == GENERATOR_ASYNC ? "contextlib.aclosing()"
									: "contextlib.closing()");
	case WORD_HOLDER:
		return thread_holder_words(leak, "holds, which");
	case WORD_HOLDING:
		return thread_holder_words(leak, "holds it and");
	case WORD_MUTEX:
		return allocate_text(leak->lock_holder.lock.mutex);
	case WORD_LANGUAGE:
		return allocate_text(thread_language(leak)->spelled);
	case WORD_STACK_COMMAND:
		return allocate_text(thread_language(leak)->stack_command);
	case WORD_LOCKED:
		return thread_locked_words(leak);
	case ADVICE_WORDS:
		break;
	}
	return NULL;
}

char *fix_advice(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	struct closing_words of_library;
	const struct advised advised = { leak, closing_words_of(leak, &of_library), symbolizer };

	return filled_text(advice_on(leak), word_of, &advised);
}
