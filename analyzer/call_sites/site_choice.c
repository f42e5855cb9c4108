/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/site_choice.h"

#include "analyzer/call_sites/keepers.h"
#include "analyzer/call_sites/owners.h"
#include "analyzer/call_sites/site_behind_loop.h"
#include "analyzer/call_sites/site_of_use.h"
#include "analyzer/call_sites/user_of_opened.h"

/*
 * Takes the handler of a connection that nobody reads. Who accepted it handed it over to other
 * code, or called that; but a thread that does not poll any more is to blame itself.
 */
static bool take_handed_over(struct site_chooser *chooser, const struct leak *leak,
			     const struct stack_handler *known, struct site_choice *choice)
{
	static const enum stack_kind uses[] = { STACK_WROTE, STACK_READ, STACK_WATCHED };
	struct backtrace *read = chooser_backtrace(chooser, &leak->stacks[STACK_READ]);
	struct site_choice touched = *choice;
	size_t i;

	if (listeners_side(chooser->listeners, leak) != SIDE_ACCEPTED ||
	    leak->reason == REASON_NOT_POLLED_SINCE || !site_take_touched(chooser, leak, &touched))
		return false;
	/* Another thread's, or another handler of the loop */
	if (stacks_are_apart(chooser->handlers, known,
			     chooser_backtrace(chooser, &leak->stacks[touched.stack]),
			     chooser->globs)) {
		*choice = touched;
		return true;
	}
	/* What read the EOF of others is not recorded: who called it is not to blame. */
	if (leak->class != CLASS_FIN_UNREAD)
		return false;
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		touched = *choice;
		if (!site_take_handler(chooser, leak, uses[i], &touched))
			continue;
		touched.frame = user_of_opened(chooser->handlers, known,
					       chooser_backtrace(chooser, &leak->stacks[uses[i]]),
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
	reconnects_learn(chooser->reconnects, leak, chooser_executable(chooser, leak));
}

/*
 * The reader of a connection that another function owns: it has the descriptor in a variable, and
 * closes it further on. The call that led to the read is where it leaves too early.
 */
static void take_owner(struct site_chooser *chooser, const struct leak *leak,
		       const struct stack_handler *known, struct site_choice *choice)
{
	struct backtrace *opened = chooser_backtrace(chooser, &leak->stacks[STACK_OPENED]);
	const struct frame *owner;

	if (!opened || !stack_shows_end(leak->deciding))
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

	if (!stack_shows_end(leak->deciding) || !known)
		return false;
	choice->frame = known->keeper;
	choice->backtrace = known->next;
	choice->stack = STACK_NEXT;
	choice->is_handler = choice->keeps = true;
	return true;
}

struct site_choice site_choose(struct site_chooser *chooser, const struct leak *leak)
{
	struct backtrace *decided = chooser_backtrace(chooser, &leak->stacks[leak->deciding]);
	struct site_choice choice = { .stack = leak->deciding, .backtrace = decided };
	const struct stack_handler *known;

	if (!decided)
		return choice;
	if (take_reconnect(chooser, leak, decided, &choice))
		return choice;
	known = stack_handler_deciding(chooser->handlers, decided,
				       chooser_executable(chooser, leak));
	if (known->dispatcher && site_take_dispatched(chooser, leak, known->dispatcher, &choice))
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
	if (site_behind_loop(chooser, leak, &choice))
		return choice;
	choice.frame = chooser_own_site(chooser, decided, chooser_executable(chooser, leak));
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
			     opened->named + opened->named_count, chooser_executable(chooser, leak),
			     chooser->globs);
}
