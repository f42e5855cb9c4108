/* SPDX-License-Identifier: MIT */
#include "analyzer/report/thread_advice.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/line.h"
#include "analyzer/report/thread_waits.h"

const char *thread_doing(const struct report_leak *leak)
{
	if (leak->poller)
		return leak->poller->doing;
	return leak->class == CLASS_NEVER_ACCEPTED && leak->owner ? leak->owner->doing : "";
}

/* Does it wait for something to wake it? */
static bool waits(const struct report_leak *leak)
{
	return leak->waits_for && strncmp(thread_doing(leak), "sleeps", 6) == 0;
}

char *thread_doing_words(const struct report_leak *leak)
{
	if (waits(leak))
		return allocate_printed("waits for %s", leak->waits_for);
	return allocate_text(thread_doing(leak));
}

char *thread_for_words(const struct report_leak *leak)
{
	struct line line;
	FILE *text;

	/* A single sample shows no duration. */
	if (!leak->owner || leak->owner->for_ms < 1)
		return allocate_text("");
	text = line_begin(&line);
	fputs(", and has done so for at least ", text);
	print_duration(text, leak->owner->for_ms);
	return line_end(&line);
}

bool thread_is_locked(const struct report_leak *leak)
{
	return waits(leak) && thread_waits_for_lock(leak->waits_for);
}

const struct language *thread_language(const struct report_leak *leak)
{
	const struct frame *at = leak->thread_site;
	const struct language *language = leak->site ? frame_language(leak->site) : NULL;

	if (!leak->owner || !language || !language->stack_command)
		return NULL;
	return !at || language_of_machine(at->module) == language ? language : NULL;
}

char *thread_holder_words(const struct report_leak *leak, const char *holds)
{
	const struct report_lock_holder *holder = &leak->lock_holder;
	char *place, *text;

	if (!holder->site)
		return allocate_printed("thread %d %s %s", holder->thread, holds, holder->doing);
	place = frame_call_by(holder->site, holder->caller);
	text = allocate_printed("thread %d %s %s in %s", holder->thread, holds, holder->doing,
				place);
	free(place);
	return text;
}

char *thread_locked_words(const struct report_leak *leak)
{
	const struct lock_call *lock = &leak->lock_holder.lock;
	const struct frame frame = {
		.function = lock->function, .file = lock->file, .line = lock->line, .module = ""
	};

	return lock->function ? frame_call(&frame) : frame_place(&frame);
}
