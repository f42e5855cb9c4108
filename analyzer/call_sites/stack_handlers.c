/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/stack_handlers.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/companions.h"
#include "analyzer/call_sites/dispatchers.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/forwarders.h"

struct stack_handlers {
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	struct companions *companions;
	struct forwarders *forwarders;
	struct stack_handler *known;
};

struct stack_handlers *stack_handlers_new(const struct recordings *recordings,
					  struct backtraces *backtraces,
					  struct symbolizer *symbolizer,
					  const struct own_globs *globs)
{
	struct stack_handlers *handlers = allocate_zeroed(1, sizeof(*handlers));

	*handlers = (struct stack_handlers){
		.symbolizer = symbolizer,
		.globs = globs,
		.companions = companions_find(recordings, backtraces, symbolizer, globs),
		.forwarders = forwarders_new(symbolizer, globs),
	};
	return handlers;
}

void stack_handlers_free(struct stack_handlers *handlers)
{
	struct stack_handler *known, *next;

	HASH_ITER(hh, handlers->known, known, next) {
		HASH_DEL(handlers->known, known);
		free(known);
	}
	companions_free(handlers->companions);
	forwarders_free(handlers->forwarders);
	free(handlers);
}

static struct stack_handler *handler_in(struct stack_handlers *handlers,
					struct backtrace *backtrace, const char *executable)
{
	struct stack_handler_key key = { .backtrace = backtrace, .executable = executable };
	struct stack_handler *known;

	HASH_FIND(hh, handlers->known, &key, sizeof(key), known);
	if (known)
		return known;
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	backtrace_name(backtrace, handlers->symbolizer);
	known->inside = frames_inside_dispatcher(backtrace->named, backtrace->named_count);
	known->in_loop = known->inside < backtrace->named_count;
	known->frame = own_code_innermost(backtrace->named, known->inside, backtrace->named_count,
					  executable, handlers->globs);
	HASH_ADD(hh, handlers->known, key, sizeof(known->key), known);
	return known;
}

const struct stack_handler *stack_handler_of(struct stack_handlers *handlers,
					     struct backtrace *backtrace, const char *executable)
{
	return handler_in(handlers, backtrace, executable);
}

/* Where a script runs, the interpreter makes its calls. */
static bool calls_itself(const struct backtrace *backtrace, const struct frame *own)
{
	const struct frame *frame = backtrace->named;

	while (!frame->script && own->script)
		frame++;
	return frame == own;
}

bool stack_handler_calls(const struct stack_handler *handler)
{
	return calls_itself(handler->key.backtrace, handler->frame);
}

/*
 * Who decides in the place of KNOWN's frame: its CALLER (NULL: none that is known to), or who calls
 * that one, where they only forward a call; NULL: the frame itself.
 */
static const struct frame *beyond_wrapper(struct stack_handlers *handlers,
					  const struct stack_handler *known,
					  const struct frame *caller, enum forwarding least)
{
	const struct frame *end = known->key.backtrace->named + known->inside;
	const struct frame *frame = caller && caller < end ? caller : known->frame;

	/* What a library returns, a connection or an answer, is more than the result of a call. */
	if (least == FORWARDS_RESULT && !caller &&
	    !calls_itself(known->key.backtrace, known->frame))
		least = FORWARDS_READ;
	frame = forwarders_beyond(handlers->forwarders, frame, end, least, known->key.executable);
	return frame == known->frame ? NULL : frame;
}

const struct stack_handler *stack_handler_deciding(struct stack_handlers *handlers,
						   struct backtrace *backtrace,
						   const char *executable)
{
	struct stack_handler *known = handler_in(handlers, backtrace, executable);

	if (known->is_decided)
		return known;
	known->is_decided = true;
	if (!known->frame)
		return known;
	known->dispatcher = companions_dispatcher(handlers->companions, backtrace, executable);
	if (!known->dispatcher)
		known->caller = beyond_wrapper(handlers, known,
					       companions_caller(handlers->companions, backtrace,
								 known->frame, executable),
					       FORWARDS_RESULT);
	return known;
}

/* main() has other things to do than to decide over a connection. */
static bool is_main(const struct frame *frame)
{
	return frame->function && strcmp(frame->function, "main") == 0;
}

const struct stack_handler *stack_handler_using(struct stack_handlers *handlers,
						struct backtrace *backtrace, const char *executable)
{
	struct stack_handler *known = handler_in(handlers, backtrace, executable);
	const struct frame *user;

	if (known->is_used)
		return known;
	known->is_used = true;
	if (!known->frame)
		return known;
	user = companions_user(handlers->companions, backtrace, known->frame, executable);
	known->user = beyond_wrapper(handlers, known, user && !is_main(user) ? user : NULL,
				     FORWARDS_CALL);
	return known;
}

const struct stack_handler *stack_handler_closing(struct stack_handlers *handlers,
						  struct backtrace *backtrace,
						  const char *executable)
{
	struct stack_handler *known = handler_in(handlers, backtrace, executable);

	if (!known->is_closing && known->frame)
		known->closer = beyond_wrapper(handlers, known, NULL, FORWARDS_CALL);
	known->is_closing = true;
	return known;
}

const struct frame *stack_handler_dispatched(struct stack_handlers *handlers,
					     struct backtrace *backtrace,
					     const struct frame *dispatcher, const char *executable,
					     const struct frame **wrapper)
{
	const struct frame *frame, *beyond;
	size_t inside = 0;

	*wrapper = NULL;
	backtrace_name(backtrace, handlers->symbolizer);
	while (inside < backtrace->named_count &&
	       !frames_share_function(&backtrace->named[inside], dispatcher))
		inside++;
	if (inside == backtrace->named_count)
		return NULL;
	frame = own_code_innermost(backtrace->named, inside, backtrace->named_count, executable,
				   handlers->globs);
	beyond = forwarders_beyond(handlers->forwarders, frame, backtrace->named + inside,
				   FORWARDS_CALL, executable);
	*wrapper = beyond == frame ? NULL : frame;
	return beyond;
}
