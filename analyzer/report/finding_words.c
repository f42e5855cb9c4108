/* SPDX-License-Identifier: MIT */
#include "analyzer/report/finding_words.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/line.h"
#include "analyzer/report/lines_of_history.h"
#include "analyzer/report/process_entries.h"

static char *kind_of(const struct report_leak *leak)
{
	struct line line;
	FILE *out = line_begin(&line);

	fputs(leak_class_name(leak->class), out);
	if (leak->reason != REASON_NONE)
		fprintf(out, " (%s)", leak_reason_name(leak->reason));
	if (leak->verdict != VERDICT_LEAK)
		fprintf(out, " [%s]", verdict_name(leak->verdict));
	if (leak->standing == STANDING_WORSE)
		fprintf(out, " [worse, %llu known]", (unsigned long long)leak->baselined);
	else if (leak->standing != STANDING_PLAIN)
		fprintf(out, " [%s]", standing_name(leak->standing));
	return line_end(&line);
}

static char *where_of(const struct report_leak *leak)
{
	char *name, *where;

	if (!leak->place)
		return frame_site(leak->site);
	name = process_name(leak->place->executable, leak->place->pid);
	where = allocate_printed("%s, %s", name, leak->place->name);
	free(name);
	return where;
}

/* Is the stack that decides the one where the program learned of the end, and did not close? */
static bool decided_by_end(enum leak_class class)
{
	return class == CLASS_EOF_UNCLOSED || class == CLASS_ERROR_UNCLOSED ||
	       class == CLASS_SHUTDOWN_UNCLOSED || class == CLASS_CONNECT_UNCLOSED;
}

/* Both ways lead through one function: what it does after the call is what the user looks for. */
static char *parting_of(const struct report_leak *leak)
{
	const struct divergence *parts = &leak->divergence;
	char *here, *closing, *function, *closer, *text;

	if (!parts->here || !parts->closing || !parts->here->function)
		return NULL;
	/* Where all were closed in the end, no way leads past the close. */
	if (leak->siblings <= leak->siblings_closed || !decided_by_end(leak->class))
		return NULL;
	here = frame_place(parts->here);
	closing = frame_place(parts->closing);
	function = frame_function(parts->here);
	closer = leak->closer ? frame_function(leak->closer) : allocate_text("");
	/* A call further in may depend on the connection: this path may have made another there. */
	if (leak->closer == parts->closing)
		text = allocate_printed(
			"In %s this path returns after %s; others go on to close at %s.", function,
			here, closing);
	else
		text = allocate_printed("In %s, after %s, other connections are closed through "
					"the call at %s, by %s; these are not.",
					function, here, closing, closer);
	free(here);
	free(closing);
	free(function);
	free(closer);
	return text;
}

void finding_words_fill(struct report_leak *leak)
{
	size_t i;

	leak->kind = kind_of(leak);
	leak->where = where_of(leak);
	leak->title = allocate_printed("%s: %llu socket%s %s %s", leak->kind,
				       (unsigned long long)leak->count, plural(leak->count),
				       leak->place ? "of" : "at", leak->where);
	leak->parting = parting_of(leak);
	for (i = 0; i < leak->closing_count; i++)
		leak->closings[i].words = line_of_closing(leak, &leak->closings[i]);
}
