/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/site_choice.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/divergence.h"
#include "analyzer/call_sites/keepers.h"
#include "analyzer/call_sites/loop_handlers.h"
#include "analyzer/call_sites/next_call.h"
#include "analyzer/call_sites/owners.h"
#include "analyzer/call_sites/reconnects.h"
#include "analyzer/call_sites/stack_handlers.h"
#include "analyzer/call_sites/user_of_opened.h"
#include "analyzer/source/reading_callbacks.h"
#include "analyzer/source/registered_handler.h"

/* Each recording has the path of its program, thousands the same. */
struct known_executable {
	const char *path;
	UT_hash_handle hh;
};

struct site_chooser {
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	const struct listeners *listeners;
	const char *executable; /* where a leak's is unknown */
	struct stack_handlers *handlers;
	struct registered_handlers *registered;
	struct reading_callbacks *reading;
	struct known_executable *executables;
	const char *last_path; /* that was asked for, and which of `executables` it is */
	const char *last_executable;
	struct reconnects *reconnects;
	struct loop_handlers *loops;
};

/* A recording without a leak's stack may still be of its program. */
static const char *some_executable(const struct recordings *recordings)
{
	size_t i;

	for (i = 0; i < recordings->count; i++)
		if (recordings->list[i].recording->header.executable[0])
			return recordings->list[i].recording->header.executable;
	return "";
}

struct site_chooser *site_chooser_new(const struct recordings *recordings,
				      struct backtraces *backtraces, struct symbolizer *symbolizer,
				      const struct own_globs *globs,
				      const struct listeners *listeners)
{
	struct site_chooser *chooser = allocate_zeroed(1, sizeof(*chooser));

	*chooser = (struct site_chooser){
		.backtraces = backtraces,
		.symbolizer = symbolizer,
		.globs = globs,
		.listeners = listeners,
		.executable = some_executable(recordings),
		.handlers = stack_handlers_new(recordings, backtraces, symbolizer, globs),
		.registered = registered_handlers_new(symbolizer),
		.reading = reading_callbacks_new(symbolizer),
	};
	chooser->loops = loop_handlers_new(chooser->handlers, backtraces, globs);
	chooser->reconnects = reconnects_new(chooser->handlers, backtraces, symbolizer, globs);
	return chooser;
}

void site_chooser_free(struct site_chooser *chooser)
{
	struct known_executable *executable, *next_executable;

	if (!chooser)
		return;
	HASH_ITER(hh, chooser->executables, executable, next_executable) {
		HASH_DEL(chooser->executables, executable);
		free(executable);
	}
	stack_handlers_free(chooser->handlers);
	registered_handlers_free(chooser->registered);
	reading_callbacks_free(chooser->reading);
	reconnects_free(chooser->reconnects);
	loop_handlers_free(chooser->loops);
	free(chooser);
}

const char *leak_executable(const struct leak *leak)
{
	/* exec-child: the code that started the holder is not in the holder's executable. */
	if (leak->stacks[leak->deciding].recording)
		return leak->stacks[leak->deciding].recording->header.executable;
	if (leak_is_by_kernel_alone(leak))
		return leak->sighting->process->recording->header.executable;
	return leak->holder ? leak->holder->process->recording->header.executable : "";
}

static const char *find_executable(struct site_chooser *chooser, const char *path)
{
	struct known_executable *known;

	HASH_FIND_STR(chooser->executables, path, known);
	if (known)
		return known->path;
	known = allocate_zeroed(1, sizeof(*known));
	known->path = path;
	HASH_ADD_KEYPTR(hh, chooser->executables, known->path, strlen(path), known);
	return path;
}

/* The same pointer for the same program. The leaks of a process come one after the other. */
static const char *executable_of(struct site_chooser *chooser, const struct leak *leak)
{
	const char *own = leak_executable(leak), *path = own[0] ? own : chooser->executable;

	if (path != chooser->last_path) {
		chooser->last_path = path;
		chooser->last_executable = find_executable(chooser, path);
	}
	return chooser->last_executable;
}

static struct backtrace *backtrace_of(struct site_chooser *chooser, const struct stack_ref *ref)
{
	return backtraces_intern(chooser->backtraces, ref->recording, ref->id);
}

static const struct frame *any_site(const struct site_chooser *chooser, struct backtrace *backtrace,
				    const char *executable)
{
	if (!backtrace)
		return NULL;
	backtrace_name(backtrace, chooser->symbolizer);
	return own_code_site(backtrace->named, backtrace->named_count, executable, chooser->globs);
}

/* Takes the handler in STACK of LEAK, if there is one, for the site. */
static bool take_handler(struct site_chooser *chooser, const struct leak *leak,
			 enum stack_kind stack, struct site_choice *choice)
{
	struct backtrace *backtrace = backtrace_of(chooser, &leak->stacks[stack]);
	const struct stack_handler *known;

	if (!backtrace)
		return false;
	known = stack_handler_using(chooser->handlers, backtrace, executable_of(chooser, leak));
	if (!known->frame)
		return false;
	choice->frame = known->user ? known->user : known->frame;
	choice->wrapper = known->user ? known->frame : NULL;
	choice->backtrace = backtrace;
	choice->stack = stack;
	choice->is_handler = true;
	return true;
}

/* Does what came next show whose connection it was? */
static bool next_concerns(const struct leak *leak, bool touched)
{
	const struct next_call next = leak_next_call(leak);

	/*
	 * In a loop the next call may be about the next event, and another connection. It is not
	 * where it closes one: that would have been read to its end first.
	 */
	return next.own || next.call == NEXT_CLOSE || next.call == NEXT_SHUTDOWN || !touched;
}

/* As take_handler(), but a handler that DISPATCHER's function has called. */
static bool take_dispatched(struct site_chooser *chooser, const struct leak *leak,
			    enum stack_kind stack, const struct frame *dispatcher,
			    struct site_choice *choice)
{
	struct backtrace *backtrace = backtrace_of(chooser, &leak->stacks[stack]);
	const struct frame *wrapper, *frame;

	if (!backtrace)
		return false;
	frame = stack_handler_dispatched(chooser->handlers, backtrace, dispatcher,
					 executable_of(chooser, leak), &wrapper);
	if (!frame)
		return false;
	choice->frame = frame;
	choice->wrapper = wrapper;
	choice->backtrace = backtrace;
	choice->stack = stack;
	choice->is_handler = choice->in_loop = true;
	return true;
}

static bool take_any_dispatched(struct site_chooser *chooser, const struct leak *leak,
				const struct frame *dispatcher, struct site_choice *choice)
{
	static const enum stack_kind touched[] = { STACK_WROTE, STACK_WATCHED, STACK_READ };
	size_t i;

	if (next_concerns(leak, true) &&
	    take_dispatched(chooser, leak, STACK_NEXT, dispatcher, choice))
		return true;
	for (i = 0; i < sizeof(touched) / sizeof(touched[0]); i++)
		if (take_dispatched(chooser, leak, touched[i], dispatcher, choice))
			return true;
	return false;
}

/* CHOICE's call was given HANDLER (NULL: nothing) to call for the connection. */
static void take_given(struct site_choice *choice, const struct frame *handler)
{
	if (!handler)
		return;
	choice->registered_at = choice->frame;
	choice->frame = handler;
	choice->wrapper = NULL;
	choice->in_loop = true;
}

/*
 * A library's call that reads may be given the handler of what it has read: on_read() of
 * g_input_stream_read_async(..., on_read, ...).
 */
static void take_read_given(struct site_chooser *chooser, const struct leak *leak,
			    struct site_choice *choice)
{
	struct backtrace *backtrace = backtrace_of(chooser, &leak->stacks[STACK_READ]);
	const struct frame *handler;

	if (choice->frame->script ||
	    stack_handler_calls(
		    stack_handler_of(chooser->handlers, backtrace, executable_of(chooser, leak))))
		return;
	handler = callback_of(chooser->registered, choice->frame);
	if (handler && !frames_share_function(handler, choice->frame))
		take_given(choice, handler);
}

static bool take_touched(struct site_chooser *chooser, const struct leak *leak,
			 struct site_choice *choice)
{
	if (take_handler(chooser, leak, STACK_WROTE, choice) ||
	    take_handler(chooser, leak, STACK_WATCHED, choice)) {
		take_given(choice, spawned_handler(chooser->registered, choice->frame));
		return true;
	}
	if (!take_handler(chooser, leak, STACK_READ, choice))
		return false;
	take_given(choice, spawned_handler(chooser->registered, choice->frame));
	if (!choice->registered_at)
		take_read_given(chooser, leak, choice);
	return true;
}

static bool take_opened(struct site_chooser *chooser, const struct leak *leak,
			struct site_choice *choice)
{
	if (!take_handler(chooser, leak, STACK_OPENED, choice))
		return false;
	take_given(choice, registered_handler(chooser->registered, choice->frame));
	return true;
}

/* What one of the program's own calls in BACKTRACE was given to call when connections come. */
static void take_registered(struct site_chooser *chooser, const struct backtrace *backtrace,
			    const char *executable, struct site_choice *choice)
{
	const struct frame *handler = NULL;
	size_t i;

	for (i = 0; i < backtrace->named_count && !handler; i++) {
		const struct frame *call = &backtrace->named[i];

		if (!own_code_is_own(call, executable, chooser->globs))
			continue;
		handler = registered_handler(chooser->registered, call);
		if (!handler)
			continue;
		choice->frame = handler;
		choice->registered_at = call;
		/* A library's thread is a loop of it. */
		choice->is_handler = choice->in_loop = true;
	}
}

/* Takes the own code in LISTEN, a stack of the listener of LEAK, for the site. */
static bool take_listener(struct site_chooser *chooser, const struct leak *leak,
			  struct stack_ref listen, struct site_choice *choice)
{
	const char *executable = executable_of(chooser, leak);
	struct backtrace *backtrace = backtrace_of(chooser, &listen);
	const struct frame *site = any_site(chooser, backtrace, executable);

	if (!site || !own_code_is_own(site, executable, chooser->globs))
		return false;
	choice->frame = site;
	choice->backtrace = backtrace;
	choice->stack = STACK_LISTEN;
	take_registered(chooser, backtrace, executable, choice);
	return true;
}

/* Takes for the site what the loop of LEAK's deciding stack calls for other connections. */
static bool take_only_handler(struct site_chooser *chooser, const struct leak *leak,
			      struct site_choice *choice)
{
	const char *executable = executable_of(chooser, leak);
	const struct stack_ref *decided = &leak->stacks[leak->deciding];
	const struct backtrace *in;
	const struct frame *handler = loop_handler(
		chooser->loops,
		stack_handler_of(chooser->handlers, backtrace_of(chooser, decided), executable),
		decided->recording, executable, &in);

	if (!handler)
		return false;
	choice->frame = handler;
	choice->backtrace = in;
	choice->stack = STACK_NEXT;
	choice->is_handler = choice->is_only_handler = true;
	return true;
}

/* A call on a connection showed its end: the loop that made it has called the one it reads for. */
static bool shows_end(enum stack_kind deciding)
{
	return deciding == STACK_EOF || deciding == STACK_ERROR || deciding == STACK_REREAD;
}

/*
 * The end, or the data in front of it, went to the callback that the function of CHOICE gave to a
 * library, if it gave one: that made no call. Or the function that made the call which CHOICE was
 * given to; but not one that listens, which has others read, too.
 */
static void take_reading_callback(struct site_chooser *chooser, const struct leak *leak,
				  struct site_choice *choice)
{
	const enum callback_event event =
		shows_end(leak->deciding) ? CALLBACK_OF_END : CALLBACK_OF_DATA;
	const struct frame *callback, *call;

	if (!choice->in_loop || choice->stack == STACK_NEXT ||
	    (event == CALLBACK_OF_DATA && leak->class != CLASS_FIN_UNREAD))
		return;
	callback = reading_callback(chooser->reading, choice->frame, event, &call);
	if (!callback && choice->registered_at && choice->stack != STACK_LISTEN)
		callback = reading_callback(chooser->reading, choice->registered_at, event, &call);
	if (!callback)
		return;
	choice->frame = callback;
	choice->wrapper = NULL;
	choice->registered_at = call;
	choice->is_handler = true;
}

/* The program learned of these in a call on the connection itself. */
static bool is_about_connection(enum stack_kind deciding)
{
	return shows_end(deciding) || deciding == STACK_SHUTDOWN || deciding == STACK_OPENED;
}

static bool take_other(struct site_chooser *chooser, const struct leak *leak,
		       struct site_choice *choice)
{
	struct site_choice touched = *choice;
	bool is_touched = take_touched(chooser, leak, &touched);

	if (next_concerns(leak, is_touched) && take_handler(chooser, leak, STACK_NEXT, choice))
		return true;
	if (is_touched) {
		*choice = touched;
		return true;
	}
	return take_opened(chooser, leak, choice) ||
	       take_listener(chooser, leak, listeners_stack(chooser->listeners, leak), choice) ||
	       take_only_handler(chooser, leak, choice) ||
	       take_listener(chooser, leak, listeners_opening(chooser->listeners, leak), choice);
}

/*
 * Takes the handler of a connection that nobody reads. Who accepted it handed it over to other
 * code, or called that; but a thread that does not poll any more is to blame itself.
 */
static bool take_handed_over(struct site_chooser *chooser, const struct leak *leak,
			     const struct stack_handler *known, struct site_choice *choice)
{
	static const enum stack_kind uses[] = { STACK_WROTE, STACK_READ, STACK_WATCHED };
	struct backtrace *read = backtrace_of(chooser, &leak->stacks[STACK_READ]);
	struct site_choice touched = *choice;
	size_t i;

	if (listeners_side(chooser->listeners, leak) != SIDE_ACCEPTED ||
	    leak->reason == REASON_NOT_POLLED_SINCE || !take_touched(chooser, leak, &touched))
		return false;
	/* Another thread's, or another handler of the loop */
	if (stacks_are_apart(chooser->handlers, known,
			     backtrace_of(chooser, &leak->stacks[touched.stack]), chooser->globs)) {
		*choice = touched;
		return true;
	}
	/* What read the EOF of others is not recorded: who called it is not to blame. */
	if (leak->class != CLASS_FIN_UNREAD)
		return false;
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		touched = *choice;
		if (!take_handler(chooser, leak, uses[i], &touched))
			continue;
		touched.frame = user_of_opened(chooser->handlers, known,
					       backtrace_of(chooser, &leak->stacks[uses[i]]),
					       uses[i] == STACK_READ ? NULL : read, chooser->globs);
		touched.wrapper = NULL;
		if (!touched.frame)
			continue;
		*choice = touched;
		return true;
	}
	return false;
}

static struct keeper keeper_in(struct site_chooser *chooser, const struct stack_handler *known,
			       const struct frame *frame)
{
	return keeper_of(chooser->symbolizer, frame, known->key.backtrace->named + known->inside,
			 known->key.executable, chooser->globs);
}

/* Who has KNOWN's function open a connection, and keeps it, lets go of the one before. */
static void take_keeper(struct site_chooser *chooser, const struct stack_handler *known,
			struct site_choice *choice)
{
	const struct keeper keeper = keeper_in(chooser, known, choice->frame);

	if (!keeper.frame || keeper.frame == choice->frame)
		return;
	choice->frame = keeper.frame;
	choice->wrapper = NULL;
	choice->keeps = keeper.replaces;
}

void site_learn(struct site_chooser *chooser, const struct leak *leak)
{
	reconnects_learn(chooser->reconnects, leak, executable_of(chooser, leak));
}

/*
 * The reader of a connection that another function owns: it has the descriptor in a variable, and
 * closes it further on. The call that led to the read is where it leaves too early.
 */
static void take_owner(struct site_chooser *chooser, const struct leak *leak,
		       const struct stack_handler *known, struct site_choice *choice)
{
	struct backtrace *opened = backtrace_of(chooser, &leak->stacks[STACK_OPENED]);
	const struct frame *owner;

	if (!opened || !shows_end(leak->deciding))
		return;
	backtrace_name(opened, chooser->symbolizer);
	owner = owner_of(chooser->symbolizer, known->key.backtrace, opened);
	if (!owner || owner <= choice->frame ||
	    owner >= known->key.backtrace->named + known->inside ||
	    !own_code_is_own(owner, known->key.executable, chooser->globs))
		return;
	choice->frame = owner;
	choice->wrapper = NULL;
}

/* Takes for the site where the program connected again without a close, if it did. */
static bool take_reconnect(struct site_chooser *chooser, const struct leak *leak,
			   struct backtrace *decided, struct site_choice *choice)
{
	const struct reconnect *known = reconnect_of(chooser->reconnects, decided);

	if (!shows_end(leak->deciding) || !known)
		return false;
	choice->frame = known->keeper;
	choice->backtrace = known->next;
	choice->stack = STACK_NEXT;
	choice->is_handler = choice->keeps = true;
	return true;
}

struct site_choice site_choose(struct site_chooser *chooser, const struct leak *leak)
{
	struct backtrace *decided = backtrace_of(chooser, &leak->stacks[leak->deciding]);
	struct site_choice choice = { .stack = leak->deciding, .backtrace = decided };
	const struct stack_handler *known;

	if (!decided)
		return choice;
	if (take_reconnect(chooser, leak, decided, &choice))
		return choice;
	known = stack_handler_deciding(chooser->handlers, decided, executable_of(chooser, leak));
	if (known->dispatcher && take_any_dispatched(chooser, leak, known->dispatcher, &choice))
		return choice;
	if (known->frame && leak->deciding == STACK_OPENED &&
	    take_handed_over(chooser, leak, known, &choice))
		return choice;
	if (known->frame) {
		choice.frame = known->caller ? known->caller : known->frame;
		choice.wrapper = known->caller ? known->frame : NULL;
		choice.is_handler = true;
		if (leak->deciding == STACK_OPENED)
			take_keeper(chooser, known, &choice);
		else
			take_owner(chooser, leak, known, &choice);
		choice.dispatched = known->in_loop;
		return choice;
	}
	choice.in_loop = known->in_loop;
	if (is_about_connection(leak->deciding) && take_other(chooser, leak, &choice)) {
		take_reading_callback(chooser, leak, &choice);
		return choice;
	}
	choice.frame = any_site(chooser, decided, executable_of(chooser, leak));
	return choice;
}

const struct frame *site_handed_out_by(struct site_chooser *chooser,
				       const struct site_choice *choice, const struct leak *leak)
{
	const struct backtrace *opened = choice->backtrace;

	if (!choice->frame || choice->stack != STACK_OPENED || choice->registered_at ||
	    choice->keeps)
		return NULL;
	return hander_out_of(chooser->symbolizer, choice->frame,
			     opened->named + opened->named_count, executable_of(chooser, leak),
			     chooser->globs);
}

const struct frame *site_in(struct site_chooser *chooser, struct backtrace *backtrace,
			    const struct leak *leak)
{
	const char *executable = executable_of(chooser, leak);
	const struct stack_handler *known;

	if (!backtrace)
		return NULL;
	known = stack_handler_of(chooser->handlers, backtrace, executable);
	if (known->frame || known->in_loop)
		return known->frame;
	return any_site(chooser, backtrace, executable);
}

const struct frame *closing_site_in(struct site_chooser *chooser, struct backtrace *backtrace,
				    const struct leak *leak)
{
	const struct frame *site = site_in(chooser, backtrace, leak);
	const struct stack_handler *known;

	if (!site)
		return NULL;
	known = stack_handler_closing(chooser->handlers, backtrace, executable_of(chooser, leak));
	return known->closer ? known->closer : site;
}

enum site_caller site_caller_in(struct site_chooser *chooser, struct backtrace *backtrace,
				const struct leak *leak)
{
	const struct stack_handler *known;

	if (!backtrace)
		return CALLER_LIBRARY;
	known = stack_handler_of(chooser->handlers, backtrace, executable_of(chooser, leak));
	if (!known->frame)
		return known->in_loop ? CALLER_LOOP : CALLER_LIBRARY;
	return stack_handler_calls(known) ? CALLER_OWN : CALLER_LIBRARY;
}
