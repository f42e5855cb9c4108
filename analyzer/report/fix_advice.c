/* SPDX-License-Identifier: MIT */
#include "analyzer/report/fix_advice.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/advice_circumstances.h"
#include "analyzer/report/closing_words.h"
#include "analyzer/report/filled_text.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/lacking_words.h"
#include "analyzer/report/line.h"
#include "analyzer/report/object_words.h"
#include "analyzer/report/reading_handler.h"
#include "analyzer/report/report_siblings.h"
#include "analyzer/report/source_call.h"
#include "analyzer/report/thread_advice.h"
#include "analyzer/source/hangup_check.h"
#include "analyzer/source/kept_in.h"

/* Where most of the others were closed. */
static const struct frame *closing_of(const struct report_leak *leak)
{
	if (leak->closer && !leak->in_loop)
		return leak->closer;
	return leak->closing_count ? leak->closings[0].site : NULL;
}

/* A place without a name, or in the language's own library, would only confuse. */
static char *as_others_words(const struct report_leak *leak)
{
	const struct frame *closing = siblings_show_close(leak) ? closing_of(leak) : NULL;
	char *call, *text;

	if (!closing || !closing->function ||
	    language_built_in(frame_language(closing), closing->module))
		return allocate_text("");
	call = frame_call(closing);
	text = allocate_printed(", as %s does", call);
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
		return allocate_printed(" and paused at %s:%u", path_base(leak->site->file),
					paused);
	reader = reading_handler(leak->site, symbolizer);
	text = reader ? allocate_printed(" and read in %s", reader) : allocate_text("");
	free(reader);
	return text;
}

/* What the site has to do with the connection. */
static const char *opening_of(const struct report_leak *leak, const char *opened)
{
	/* Its words are "the program". */
	if (!leak->site)
		return "held by";
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
	return advice_for(leak->class, leak->advised_reason, advice_circumstances(leak),
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
		/* A library's is a clause, which has its subject. */
		return allocate_text(wrapper_of(leak) && !leak->library ? "finds EOF"
									: of->closing->ends);
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
		return lacking_words(leak);
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

/* What keeps the connection, where the site is a place of its own; LENGTH 0: it is not known. */
static struct kept_in keeping_of(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	bool is_of_another = leak->is_only_handler || leak->registered_at || leak->replaces;

	if (leak->verdict != VERDICT_LEAK || is_of_another || leak->is_foreign ||
	    leak->class == CLASS_NEVER_ACCEPTED || leak->class == CLASS_HELD_ELSEWHERE)
		return (struct kept_in){ .number = 0 };
	return kept_in_of(symbolizer, leak->site, leak->at_opening);
}

char *fix_advice(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	struct closing_words of_library;
	const struct advised advised = { leak, closing_words_of(leak, &of_library), symbolizer };
	char *advice = filled_text(advice_on(leak), word_of, &advised), *whole;
	const struct kept_in kept = keeping_of(leak, symbolizer);

	if (!kept.collection.length)
		return advice;
	whole = allocate_printed("%s %.*s stays in %.*s (%s:%u).", advice,
				 (int)kept.variable.length, kept.variable.start,
				 (int)kept.collection.length, kept.collection.start,
				 path_base(leak->site->file), kept.number);
	free(advice);
	return whole;
}
