/* SPDX-License-Identifier: MIT */
#include "analyzer/report/stack_lines.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/folding.h"
#include "analyzer/report/line.h"
#include "analyzer/report/short_name.h"

#define LINES_SHOWN 16

static const char *title_of(const struct report_leak *leak, const char *name)
{
	static const char *const titles[][2] = {
		{ "eof", "EOF read at" },           { "error", "Failed at" },
		{ "shutdown", "Shut down at" },     { "connect", "Connect failed at" },
		{ "closed", "Closed at" },          { "duplicated", "Duplicated at" },
		{ "forked", "Child forked at" },    { "execed", "Program started at" },
		{ "last_use", "Last used at" },     { "opened", "Opened at" },
		{ "listen", "Began to listen at" }, { "reread", "Read again at" },
		{ "next", "Next call at" },         { "touched", "Used at" },
		{ "paused", "Reading paused at" },  { "thread", "The thread is at" },
	};
	size_t i;

	if (leak->class == CLASS_NEVER_ACCEPTED && strcmp(name, "last_use") == 0)
		return "Last accepted at";
	if (leak->poller && strcmp(name, "thread") == 0)
		return "The thread that should poll is at";
	if (leak->class == CLASS_NEVER_ACCEPTED && strcmp(name, "thread") == 0)
		return "The thread that should accept is at";
	if (leak->received && strcmp(name, "opened") == 0)
		return "Received at";
	if (leak->reason == REASON_NOT_POLLED && strcmp(name, "paused") == 0)
		return "Removed from epoll at";
	if (leak->armed_once && strcmp(name, "paused") == 0)
		return "EPOLLONESHOT set at";
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i][0], name) == 0)
			return titles[i][1];
	return name;
}

/*
 * Where among the stacks that are shown the one called NAME stands, from 1; 0: only JSON has it.
 * The deciding one is first in any case.
 */
static unsigned int place_of(const struct report_leak *leak, const char *name)
{
	bool closed_here =
		leak->class == CLASS_DUPLICATE_HELD || leak->class == CLASS_HELD_ELSEWHERE;

	if (leak->site_stack && strcmp(name, leak->site_stack) == 0)
		return 1;
	if (strcmp(name, "paused") == 0 && leak->paused_site)
		return 2;
	if (strcmp(name, "thread") == 0 && leak->thread_site)
		return 2;
	if (strcmp(name, "forked") == 0 && leak->reason == REASON_PARENT)
		return 2;
	if (strcmp(name, "opened") == 0)
		return 3;
	if (strcmp(name, "eof") == 0 && closed_here)
		return 4;
	if (strcmp(name, "closed") == 0 && (closed_here || leak->class == CLASS_LATE_CLOSE ||
					    leak->reason == REASON_CLOSED_AT_EXIT))
		return 5;
	return 0;
}

/* The deciding stack, those that are shown, the others in their order. */
static void order_stacks(struct report_leak *leak)
{
	struct report_stack sorted[STACK_KINDS];
	unsigned int place;
	size_t count = 0, i;

	if (!leak->stack_count)
		return;
	sorted[count++] = leak->stacks[0];
	sorted[0].shown = true;
	for (place = 1; place <= 5; place++)
		for (i = 1; i < leak->stack_count; i++)
			if (place_of(leak, leak->stacks[i].name) == place) {
				sorted[count] = leak->stacks[i];
				sorted[count++].shown = true;
			}
	for (i = 1; i < leak->stack_count; i++)
		if (!place_of(leak, leak->stacks[i].name))
			sorted[count++] = leak->stacks[i];
	memcpy(leak->stacks, sorted, count * sizeof(*sorted));
}

static void add_line(struct report_stack *stack, const struct frame *frame, size_t number,
		     bool is_site, char *text)
{
	struct stack_line *line = allocate_next(&stack->lines, stack->line_count, sizeof(*line));

	*line = (struct stack_line){ frame, number, is_site, text };
	stack->line_count++;
}

static void add_frame(struct report_stack *stack, size_t number, const struct frame *site)
{
	const struct frame *frame = &stack->frames[number];
	char *name = frame->function ? short_name(frame) : allocate_text("??");

	add_line(stack, frame, number, frame == site, name);
}

/* How many frames from FIRST on are folded alike, in one line; 0: that one is shown. */
static size_t run_length(const struct report_stack *stack, const enum fold *folds, size_t first,
			 const struct frame *site)
{
	const struct frame *frames = stack->frames;
	enum fold fold = folds[first];
	size_t end = first, i;

	if (fold == FOLD_NOT)
		return 0;
	for (i = first; i < stack->count && &frames[i] != site; i++)
		if (folds[i] == fold && fold_joins(&frames[first], &frames[i]))
			end = i + 1;
		else if (fold != FOLD_NAMELESS || !fold_is_between_nameless(&frames[i]))
			break;
	return end - first;
}

/* Nothing but folded lines would be no stack: then the innermost frame is shown in any case. */
static const struct frame *shown_in_any_case(const struct report_stack *stack,
					     const enum fold *folds, const struct frame *site)
{
	size_t i;

	for (i = 0; i < stack->count; i++)
		if (&stack->frames[i] == site || folds[i] == FOLD_NOT)
			return site;
	return stack->count ? stack->frames : NULL;
}

/* SITE is its own line wherever it is. FOLDS: by fold_stack(). */
static void add_folded(struct report_stack *stack, const enum fold *folds,
		       const struct frame *real_site, struct debug_packages *packages)
{
	const struct frame *site = shown_in_any_case(stack, folds, real_site);
	size_t length, i;

	for (i = 0; i < stack->count; i += length ? length : 1) {
		char *text;

		length = run_length(stack, folds, i, site);
		if (stack->line_count == LINES_SHOWN) {
			add_line(stack, NULL, i, false,
				 allocate_printed("and %zu more frame%s (--full-stacks)",
						  stack->count - i, plural(stack->count - i)));
			return;
		}
		if (!length) {
			add_frame(stack, i, real_site);
			continue;
		}
		text = fold_text(folds[i], &stack->frames[i], length, packages);
		if (text)
			add_line(stack, NULL, i, false, text);
	}
}

static void show_folded(struct report_stack *stack, const struct frame *site,
			struct debug_packages *packages)
{
	enum fold *folds = allocate_zeroed(stack->count, sizeof(*folds));

	fold_stack(stack->frames, stack->count, folds);
	add_folded(stack, folds, site, packages);
	free(folds);
}

/* SITE is the finding's. */
static void fill(struct report_stack *stack, const struct frame *site, bool full,
		 struct debug_packages *packages)
{
	size_t i;

	if (!full) {
		show_folded(stack, site, packages);
		return;
	}
	for (i = 0; i < stack->count; i++)
		add_frame(stack, i, site);
}

void stack_lines_fill(struct report_leak *leak, bool full, struct debug_packages *packages)
{
	size_t i;

	order_stacks(leak);
	for (i = 0; i < leak->stack_count; i++) {
		leak->stacks[i].title = title_of(leak, leak->stacks[i].name);
		if (leak->stacks[i].shown)
			fill(&leak->stacks[i], leak->site, full, packages);
	}
}

void stack_lines_fill_one(struct report_stack *stack, bool full, struct debug_packages *packages)
{
	fill(stack, stack->site, full, packages);
}

void stack_lines_clear_one(struct report_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->line_count; i++)
		free(stack->lines[i].text);
	free(stack->lines);
}

void stack_lines_clear(struct report_leak *leak)
{
	size_t i;

	for (i = 0; i < leak->stack_count; i++)
		stack_lines_clear_one(&leak->stacks[i]);
}
