/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lacking_words.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/frame_words.h"

/* Where SITE only leads to the handler, it is not to blame. */
static char *lacking_at(const struct report_leak *leak, const char *site)
{
	const char *stack = leak->site_stack;

	if (!leak->in_loop || !stack || !leak->stack_count || leak->registered_at)
		return allocate_printed("%s does not", site);
	if (strcmp(stack, leak->stacks[0].name) == 0)
		return allocate_printed("a handler of the event loop at %s does not", site);
	if (strcmp(stack, "opened") == 0)
		return allocate_printed("no handler of these connections, opened in %s, does",
					site);
	if (strcmp(stack, "listen") == 0)
		return allocate_printed(
			"no handler of these connections, whose listener is that of %s, does",
			site);
	return allocate_printed("%s does not", site);
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

char *lacking_words(const struct report_leak *leak)
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
		text = allocate_printed("that listener belongs beside the one that runs %s", site);
	else
		text = lacking_at(leak, site);
	free(site);
	return text;
}
