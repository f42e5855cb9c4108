/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_stacks.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/thread_waits.h"
#include "analyzer/symbolize/go_library.h"

/* How many of COUNT FRAMES, from the innermost on, are on one stack: some of Go's functions leave
 * it. */
static size_t on_one_stack(const struct frame *frames, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (frames[i].function && go_leaves_stack(frames[i].function))
			return i + 1;
	return count;
}

/* Code that was made at run time, and has no name, may be the program's. */
static bool is_library_alone(const struct report_stack *stack, const char *executable,
			     const struct own_globs *globs)
{
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (!stack->frames[i].module[0])
			return false;
	return stack->count &&
	       !own_code_innermost(stack->frames, stack->count, stack->count, executable, globs);
}

static void set_stack(struct report_threads *threads, const struct scanned_process *scanned,
		      const struct observed_thread *observed)
{
	struct report *report = scanned->report;
	struct backtrace *backtrace = backtraces_intern_observed(
		report->backtraces, scanned->recording, scanned->observation, observed);

	if (!backtrace)
		return;
	backtrace_name(backtrace, report->symbolizer);
	threads->stack = (struct report_stack){
		.name = stack_kind_name(STACK_THREAD),
		.title = "The thread is at",
		.frames = backtrace->named,
		.count = on_one_stack(backtrace->named, backtrace->named_count),
	};
	threads->stack.site = own_code_site(threads->stack.frames, threads->stack.count,
					    scanned->shown->executable, &scanned->options->own);
	threads->is_library = is_library_alone(&threads->stack, scanned->shown->executable,
					       &scanned->options->own);
	threads->waits_for = strncmp(threads->doing, "sleeps in futex", 15) == 0
				     ? thread_waits_for(&threads->stack, report->symbolizer)
				     : NULL;
}

static bool are_alike(const struct report_threads *one, const struct report_threads *other)
{
	return one->stack.frames == other->stack.frames && one->stack.count == other->stack.count &&
	       one->lock_holder == other->lock_holder &&
	       one->are_goroutines == other->are_goroutines &&
	       strcmp(one->doing, other->doing) == 0;
}

/* Adds THREADS, one so far, to those that do the same, or as the first of its kind. */
static void add(struct report_process *shown, const struct report_threads *threads, int64_t number)
{
	struct report_threads *group = NULL;
	size_t i;

	for (i = 0; i < shown->thread_groups && !group; i++)
		if (are_alike(&shown->threads[i], threads))
			group = &shown->threads[i];
	if (!group) {
		group = allocate_next(&shown->threads, shown->thread_groups, sizeof(*group));
		*group = *threads;
		shown->thread_groups++;
	} else if (strcmp(group->name, threads->name) != 0) {
		group->name[0] = '\0';
	}
	*(int64_t *)allocate_next(&group->list, group->count, sizeof(int64_t)) = number;
	group->count++;
}

void scan_stacks_add(struct scanned_process *scanned, struct report_threads *threads,
		     const struct observed_thread *observed, int64_t number)
{
	set_stack(threads, scanned, observed);
	add(scanned->shown, threads, number);
}
