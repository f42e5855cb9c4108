/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_stack.h"

#include <string.h>

#include "analyzer/attach/attached_scripts.h"
#include "analyzer/attach/stack_walk.h"
#include "preload/ledger/module_table.h"
#include "preload/ledger/script_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/ledger/string_table.h"

/* After so many stacks no more is copied than twice what the deepest of them needed. */
#define STACKS_SHOWN 64

/*
 * What the next stacks of PROCESS need. One that was too short shows nothing but that more is
 * needed.
 */
static void learn_size(struct attached_process *process, enum stack_end end, size_t used)
{
	if (end == STACK_SHORT) {
		process->stack_limit = ATTACH_STACK_LARGE;
		process->stacks_taken = 0;
		process->stack_most = 0;
		return;
	}
	if (used > process->stack_most)
		process->stack_most = used;
	if (++process->stacks_taken < STACKS_SHOWN)
		return;
	process->stacks_taken = 0;
	process->stack_limit = 2 * (uint32_t)process->stack_most;
	if (process->stack_limit < ATTACH_STACK_LEAST)
		process->stack_limit = ATTACH_STACK_LEAST;
	if (process->stack_limit > ATTACH_STACK_LARGE)
		process->stack_limit = ATTACH_STACK_LARGE;
}

/* The frames that lie in libc, where the program called it. */
static size_t frames_of_libc(struct attached_process *process, const uint64_t *pc, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct target_module *module = target_code_at(process->code, pc[i] - 1);

		if (!module || !module->is_libc)
			break;
	}
	/* Nothing but libc: it is a stack all the same. */
	return i < count ? i : 0;
}

/* Rows for the modules that the addresses lie in, first: then the stack may be read. */
static void record_modules(struct attached_process *process, const uint64_t *pc, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct target_module *module;
		struct recorded_module found = { .start = 0 };

		if (recorded_is_script(pc[i]) || module_covers(process->ledger, pc[i]))
			continue;
		module = target_code_at(process->code, pc[i] - 1);
		if (!module)
			continue;
		found.start = module->start;
		found.end = module->end;
		found.bias = module->bias;
		code_image_describe(module->image, &found);
		if (module_meet(process->ledger, &found, module->path) == MODULE_NEW)
			module_add(process->ledger, &found, module->path);
		attached_scripts_search(process, module->path);
	}
}

static uint32_t intern(struct attached_process *process, const uint64_t *pc, size_t frames,
		       bool cut)
{
	uint32_t id = stack_find(process->ledger, pc, frames);

	if (id)
		return id;
	record_modules(process, pc, frames);
	return stack_add(process->ledger, pc, frames, cut, module_sequence(process->ledger));
}

/*
 * The stack of EVENT, which has been WALKED and is number ID, is to be known again: by its return
 * addresses, if the place of each is known.
 */
static void learn_stack(struct attached_process *process, const struct attach_event *event,
			const struct walked_stack *walked, uint32_t id)
{
	struct attach_known_stack *learned = &process->learned;
	const struct attach_registers *registers = &event->registers;
	size_t i;

	if (walked->end != STACK_WHOLE || walked->count < 2 || walked->count > ATTACH_WORDS_MAX ||
	    event->stack_size < sizeof(process->learned_key.top))
		return;
	for (i = 1; i < walked->count; i++) {
		if (walked->place[i] > UINT16_MAX ||
		    (i > 1 && walked->place[i] <= walked->place[i - 1]))
			return;
		learned->place[i - 1] = (uint16_t)walked->place[i];
		learned->word[i - 1] = walked->pc[i];
	}
	learned->count = (uint32_t)walked->count - 1;
	learned->number = id;
	process->learned_key = (struct attach_stack_key){
		.pid = event->pid,
		.image = event->image,
		.pc = registers->pc,
		.offset = (uint32_t)(registers->sp & 4095),
		.scripts = event->scripts,
	};
	memcpy(&process->learned_key.top, event->stack, sizeof(process->learned_key.top));
}

uint32_t attached_stack(struct attached_process *process, const struct attach_event *event)
{
	const struct stack_copy copy = { &event->registers, event->stack, event->stack_size };
	uint64_t merged[RECORDED_FRAMES_MAX];
	struct walked_stack walked;
	struct native_stack native;
	size_t skipped, scripts;
	uint32_t id = 0;
	bool cut;

	if (event->known)
		return event->known;
	stack_walk(process->code, &copy, &walked);
	learn_size(process, walked.end, walked.used);
	skipped = frames_of_libc(process, walked.pc, walked.count);
	native = (struct native_stack){ .pc = walked.pc + skipped,
					.count = walked.count - skipped,
					.cut = walked.end != STACK_WHOLE };
	scripts = process->python ? target_python_merge(process->python, process->ledger, event,
							&native, merged, &cut)
				  : 0;
	if (scripts)
		id = intern(process, merged, scripts, cut);
	else if (native.count)
		id = intern(process, native.pc, native.count, native.cut);
	/* What could not be named this time may be named the next. */
	if (id && (scripts || !event->scripts))
		learn_stack(process, event, &walked, id);
	if (!id)
		ledger_count_lost(process->ledger, LOST_STACKS);
	return id;
}

static const struct recorded_stack *stored(const struct attached_process *process, uint32_t id)
{
	uint64_t at = (uint64_t)id * RECORDED_STACK_UNIT;

	return (const void *)(ledger_base(process->ledger, SECTION_STACKS) + at);
}

/* ROW of the scripts of FROM, in TO. */
static uint32_t copy_script(struct ledger *to, const struct ledger *from, uint32_t row)
{
	const struct recorded_script *script = script_at(from, row);
	const struct script_line line = {
		.language = string_at(from, script->language - 1),
		.file = string_at(from, script->file),
		.function = string_at(from, script->function),
		.line = script->line,
	};

	return script_row(to, &line);
}

uint32_t attached_stack_copy(struct attached_process *to, const struct attached_process *from,
			     uint32_t id)
{
	const struct recorded_stack *stack;
	uint64_t pc[RECORDED_FRAMES_MAX];
	size_t count, i;
	uint32_t row;

	if (!id)
		return 0;
	stack = stored(from, id);
	count = stack->frames < RECORDED_FRAMES_MAX ? stack->frames : RECORDED_FRAMES_MAX;
	for (i = 0; i < count; i++) {
		pc[i] = stack->pc[i];
		if (!recorded_is_script(pc[i]))
			continue;
		row = copy_script(to->ledger, from->ledger, recorded_script_row(pc[i]));
		if (row == NO_SCRIPT)
			return 0;
		pc[i] = RECORDED_SCRIPT_FRAME | row;
	}
	return intern(to, pc, count, stack->cut);
}

uint32_t attached_stack_joined(struct attached_process *process, uint32_t upper, uint64_t back,
			       uint32_t lower)
{
	const struct recorded_stack *above, *below;
	uint64_t pc[RECORDED_FRAMES_MAX];
	size_t count = 0, i;
	uint32_t id;

	if (!upper || !lower)
		return upper;
	above = stored(process, upper);
	below = stored(process, lower);
	while (count < above->frames && above->pc[count] != back)
		count++;
	if (count == above->frames)
		return upper;
	count++;
	memcpy(pc, above->pc, count * sizeof(pc[0]));
	for (i = 0; i < below->frames && count < RECORDED_FRAMES_MAX; i++)
		pc[count++] = below->pc[i];
	id = intern(process, pc, count, below->cut || i < below->frames);
	return id ? id : upper;
}
