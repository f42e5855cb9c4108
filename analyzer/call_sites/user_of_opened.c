/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/user_of_opened.h"

#include "analyzer/call_sites/divergence.h"

/* Is FRAME in one of the own functions of OPENED's stack, inside of their loops? */
static bool shares_function(const struct stack_handler *opened, const struct frame *frame,
			    const struct own_globs *globs)
{
	size_t i;

	for (i = 0; i < opened->inside; i++)
		if (frames_share_function(&opened->key.backtrace->named[i], frame) &&
		    own_code_is_own(frame, opened->key.executable, globs))
			return true;
	return false;
}

static size_t inside_of(struct stack_handlers *handlers, const struct stack_handler *opened,
			struct backtrace *used)
{
	return stack_handler_of(handlers, used, opened->key.executable)->inside;
}

/* How many of the INSIDE frames of USED are in front of the functions that OPENED came through. */
static size_t frames_apart(const struct stack_handler *opened, const struct backtrace *used,
			   size_t inside, const struct own_globs *globs)
{
	size_t i;

	for (i = 0; i < inside; i++)
		if (shares_function(opened, &used->named[i], globs))
			break;
	return i;
}

bool stacks_are_apart(struct stack_handlers *handlers, const struct stack_handler *opened,
		      struct backtrace *used, const struct own_globs *globs)
{
	size_t inside = inside_of(handlers, opened, used);

	return frames_apart(opened, used, inside, globs) == inside;
}

/* The outermost own frame of USED inside of its frame END; NULL: there is none. */
static const struct frame *own_inside(const struct stack_handler *opened,
				      const struct backtrace *used, size_t end,
				      const struct own_globs *globs)
{
	while (end-- > 0)
		if (own_code_is_own(&used->named[end], opened->key.executable, globs))
			return &used->named[end];
	return NULL;
}

const struct frame *user_of_opened(struct stack_handlers *handlers,
				   const struct stack_handler *opened, struct backtrace *used,
				   struct backtrace *read, const struct own_globs *globs)
{
	size_t end = frames_apart(opened, used, inside_of(handlers, opened, used), globs);
	const struct frame *user = own_inside(opened, used, end, globs), *reader, *replier;

	if (!user || !read)
		return user;
	reader = stack_handler_of(handlers, read, opened->key.executable)->frame;
	if (!reader || !frames_share_function(reader, user))
		return user;
	replier = own_inside(opened, used, (size_t)(user - used->named), globs);
	return replier ? replier : user;
}
