/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/loop_handlers.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/recordings/recording_snapshot.h"

/* Of a process with more stacks nothing is found. */
#define STACKS_MAX 4096u

/* Nor after so many searches: a fleet's report names other stacks once. */
#define SEARCHES_MAX 256u

/* What was found for a stack that ends in a loop. */
struct known_loop {
	struct known_loop_key {
		const struct backtrace *backtrace;
		const struct recording *recording;
	} key;
	const struct frame *handler;
	const struct backtrace *in;
	bool is_several;
	UT_hash_handle hh;
};

struct loop_handlers {
	struct stack_handlers *handlers;
	struct backtraces *backtraces;
	const struct own_globs *globs;
	struct known_loop *known;
	unsigned int searches;
};

struct loop_handlers *loop_handlers_new(struct stack_handlers *handlers,
					struct backtraces *backtraces,
					const struct own_globs *globs)
{
	struct loop_handlers *loops = allocate_zeroed(1, sizeof(*loops));

	*loops = (struct loop_handlers){ .handlers = handlers,
					 .backtraces = backtraces,
					 .globs = globs };
	return loops;
}

void loop_handlers_free(struct loop_handlers *loops)
{
	struct known_loop *known, *next;

	if (!loops)
		return;
	HASH_ITER(hh, loops->known, known, next) {
		HASH_DEL(loops->known, known);
		free(known);
	}
	free(loops);
}

/* A walk through the stacks of a recording. */
struct search {
	struct loop_handlers *loops;
	const struct frame *dispatcher;
	const char *executable;
	struct known_loop *known;
	unsigned int stacks;
};

/* What the dispatcher called in the stack of KNOWN: the outermost own frame; NULL: none. */
static const struct frame *called_in(const struct search *search, const struct stack_handler *known)
{
	size_t i;

	for (i = known->inside; i-- > 0;)
		if (own_code_is_own(&known->key.backtrace->named[i], search->executable,
				    search->loops->globs))
			return &known->key.backtrace->named[i];
	return NULL;
}

static void take(void *context, uint32_t id)
{
	struct search *search = context;
	struct known_loop *found = search->known;
	const struct stack_handler *known;
	struct backtrace *backtrace;
	const struct frame *handler;

	found->is_several |= search->stacks++ >= STACKS_MAX;
	if (found->is_several)
		return;
	backtrace = backtraces_intern(search->loops->backtraces, found->key.recording, id);
	if (!backtrace)
		return;
	known = stack_handler_of(search->loops->handlers, backtrace, search->executable);
	if (!known->in_loop || !known->frame ||
	    !frames_share_function(&backtrace->named[known->inside], search->dispatcher))
		return;
	handler = called_in(search, known);
	found->is_several |=
		found->handler && handler && !frames_share_function(found->handler, handler);
	if (!found->handler && handler) {
		found->handler = handler;
		found->in = backtrace;
	}
}

const struct frame *loop_handler(struct loop_handlers *loops, const struct stack_handler *loop,
				 const struct recording *recording, const char *executable,
				 const struct backtrace **backtrace)
{
	struct search search = { .loops = loops, .executable = executable };
	struct known_loop_key key;
	struct known_loop *known;

	if (!loop->in_loop || !recording)
		return NULL;
	memset(&key, 0, sizeof(key));
	key.backtrace = loop->key.backtrace;
	key.recording = recording;
	HASH_FIND(hh, loops->known, &key, sizeof(key), known);
	if (!known) {
		known = allocate_zeroed(1, sizeof(*known));
		memcpy(&known->key, &key, sizeof(key));
		HASH_ADD(hh, loops->known, key, sizeof(known->key), known);
		search.known = known;
		search.dispatcher = &loop->key.backtrace->named[loop->inside];
		if (loops->searches++ < SEARCHES_MAX)
			recording_each_stack(recording, take, &search);
	}
	*backtrace = known->in;
	return known->is_several ? NULL : known->handler;
}
