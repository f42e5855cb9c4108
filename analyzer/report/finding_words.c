/* SPDX-License-Identifier: MIT */
#include "analyzer/report/finding_words.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/fix_advice.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/line.h"
#include "analyzer/report/lines_of_history.h"
#include "analyzer/report/process_entries.h"
#include "analyzer/report/report_siblings.h"
#include "analyzer/report/source_call.h"

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

/* In that call the way of the others goes on to CLOSER, and this one does not, or never got to it.
 */
static char *parting_before(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	char *function = frame_function(leak->divergence.here), *text;
	char *call = source_quoted_call(leak->divergence.closing, symbolizer);
	char *closer = leak->closer && leak->closer->function ? frame_function(leak->closer) : NULL;

	text = allocate_printed(
		"In %s, %s closes other connections%s%s; for these, it does not, or "
		"is not reached.",
		function, call, closer ? ", in " : "", closer ? closer : "");
	free(function);
	free(call);
	free(closer);
	return text;
}

/* Both ways lead through one function: what it does after the call is what the user needs. */
static char *parting_of(const struct report_leak *leak, struct symbolizer *symbolizer)
{
	const struct divergence *parts = &leak->divergence;
	char *here, *closing, *function, *text;

	if (!parts->here || !parts->closing || !parts->here->function)
		return NULL;
	/* Where all were closed in the end, no way leads past the close. */
	if (leak->siblings <= leak->siblings_closed || !decided_by_end(leak->class) ||
	    fix_advice_shows_parting(leak))
		return NULL;
	if (!closes_where_parted(leak))
		return parting_before(leak, symbolizer);
	here = frame_place(parts->here);
	closing = frame_place(leak->closer);
	function = frame_function(parts->here);
	/* By a return, an exception or a jump. */
	text = allocate_printed("In %s, this path leaves after the call at %s; other connections "
				"are closed at %s.",
				function, here, closing);
	free(here);
	free(closing);
	free(function);
	return text;
}

void finding_words_fill(struct report_leak *leak, struct symbolizer *symbolizer)
{
	size_t i;

	leak->kind = kind_of(leak);
	leak->where = where_of(leak);
	leak->title = allocate_printed("%s: %llu socket%s %s %s", leak->kind,
				       (unsigned long long)leak->count, plural(leak->count),
				       leak->place ? "of" : "at", leak->where);
	leak->parting = parting_of(leak, symbolizer);
	for (i = 0; i < leak->closing_count; i++)
		leak->closings[i].words = line_of_closing(leak, &leak->closings[i]);
}
