/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_siblings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/leak_executable.h"
#include "analyzer/call_sites/next_call.h"
#include "analyzer/call_sites/own_code.h"
#include "analyzer/call_sites/site_in_stack.h"
#include "analyzer/report/folding.h"

static bool same_line(const struct frame *a, const struct frame *b)
{
	if (!a || !b)
		return a == b;
	if (a->file && b->file)
		return a->line == b->line && strcmp(a->file, b->file) == 0;
	return a->offset == b->offset && strcmp(a->module, b->module) == 0;
}

/* The ways to close that siblings took, joined by the line that the user knows. */
static void add_closings(struct report *report, struct report_leak *shown, const struct leak *leak,
			 const struct siblings *siblings)
{
	struct held_times *held = NULL;
	size_t i, j;

	for (i = 0; i < siblings->closing_count; i++) {
		const struct closing *closing = &siblings->closings[i];
		const struct frame *site;

		site = closing_site_in(report->call_sites->chooser, closing->closed, leak);
		for (j = 0; j < shown->closing_count; j++)
			if (same_line(shown->closings[j].site, site))
				break;
		if (j == shown->closing_count) {
			struct report_closing *next = allocate_next(
				&shown->closings, shown->closing_count, sizeof(*next));

			allocate_next(&held, shown->closing_count, sizeof(*held));
			next->site = site;
			shown->closing_count++;
		}
		held_times_add(&held[j], &closing->held);
	}
	for (j = 0; j < shown->closing_count; j++) {
		/* Both lists have grown together.
		 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		shown->closings[j].count = held[j].count;
		shown->closings[j].median_held_ms = held_times_median_ms(&held[j]);
	}
	free(held);
}

/* The frame of FRAME's function in the stack of KIND of LEAK; NULL: it is not part of it. */
static const struct frame *same_function_in(struct report *report, const struct leak *leak,
					    enum stack_kind kind, const struct frame *frame)
{
	const struct stack_ref *ref = &leak->stacks[kind];
	struct backtrace *backtrace =
		backtraces_intern(report->backtraces, ref->recording, ref->id);
	size_t i;

	if (!backtrace)
		return NULL;
	backtrace_name(backtrace, report->symbolizer);
	for (i = 0; i < backtrace->named_count; i++)
		if (frames_share_function(&backtrace->named[i], frame))
			return &backtrace->named[i];
	return NULL;
}

/* PARTS, or where the leak's own later calls show that its path went on in that function. */
static struct divergence after_later_calls(struct report *report, const struct leak *leak,
					   struct divergence parts)
{
	const enum stack_kind later[] = { leak_next_call(leak).own ? STACK_NEXT : STACK_LAST_USE,
					  STACK_LAST_USE };
	size_t i;

	for (i = 0; parts.here && i < sizeof(later) / sizeof(later[0]); i++) {
		const struct frame *frame = same_function_in(report, leak, later[i], parts.here);

		if (frame && frames_share_call(frame, parts.closing))
			return (struct divergence){ NULL, NULL };
		if (frame)
			parts.here = frame;
	}
	return parts;
}

/* From the way to close that most siblings took. */
static void set_divergence(struct report *report, struct report_leak *shown,
			   const struct call_site *site, const struct leak *leak,
			   const struct report_options *options)
{
	const struct backtrace *here = site->key.decided;
	struct backtrace *closing = NULL;
	struct divergence parts;
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < site->siblings->closing_count; i++)
		if (site->siblings->closings[i].held.count > most) {
			most = site->siblings->closings[i].held.count;
			closing = site->siblings->closings[i].closed;
		}
	if (!here || !closing || leak->deciding == STACK_OPENED)
		return;
	parts = after_later_calls(report, leak,
				  divergence_of(here->named, here->named_count, closing->named,
						closing->named_count));
	if (!parts.here || fold_of(parts.here) != FOLD_NOT ||
	    !own_code_is_own(parts.here, leak_executable(leak), &options->own))
		return;
	shown->divergence = parts;
	shown->closer = closing_site_in(report->call_sites->chooser, closing, leak);
}

void report_set_siblings(struct report *report, struct report_leak *shown,
			 const struct call_site *site, const struct leak *leak,
			 const struct report_options *options)
{
	if (!site->siblings)
		return;
	shown->decision = (enum recorded_decision)site->siblings->key.decision;
	shown->siblings = site->siblings->count;
	shown->siblings_closed = site->siblings->closed;
	add_closings(report, shown, leak, site->siblings);
	set_divergence(report, shown, site, leak, options);
}

bool siblings_show_close(const struct report_leak *leak)
{
	return leak->siblings_closed && leak->closing_count;
}

bool closes_where_parted(const struct report_leak *leak)
{
	const struct divergence *parts = &leak->divergence;

	/* Compilers divide a function: what closes may be a part of the same one. */
	return leak->closer == parts->closing ||
	       (leak->closer && frames_share_function(leak->closer, parts->here));
}
