/* SPDX-License-Identifier: MIT */
#include "preload/process/stack_here.h"

#include <stdbool.h>
#include <stddef.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/script_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/process/modules.h"
#include "preload/process/options.h"
#include "preload/process/visit.h"
#include "preload/runtimes/runtimes.h"
#include "preload/unwind/backtrace.h"
#include "preload/unwind/unwind_signal.h"

static uint32_t intern(struct ledger *ledger, const uint64_t *pc, size_t frames, bool cut)
{
	uint32_t id = stack_find(ledger, pc, frames), seq;

	if (id)
		return id;
	/* Modules first: a stack must not be readable before what its addresses mean is. */
	seq = modules_cover(ledger, pc, frames);
	return stack_add(ledger, pc, frames, cut, seq);
}

/*
 * In a process with a runtime: as many native frames as there can be, because each frame of a
 * script stands for several.
 */
static uint32_t __attribute__((noinline))
mixed_stack_here(struct ledger *ledger, const struct unwind_registers *from)
{
	uint64_t pc[RECORDED_FRAMES_MAX];
	size_t frames;
	bool cut;

	frames = backtrace_take(from, pc, RECORDED_FRAMES_MAX, &cut);
	if (frames == 0)
		return 0;
	frames = runtimes_merge(ledger, pc, frames, options.frames, &cut);
	return intern(ledger, pc, frames, cut);
}

/*
 * The array is as long as it needs to be, not as it may: the caller may be a handler on an
 * alternate stack of 8 KiB, of which libunwind may take 3.
 */
static uint32_t __attribute__((noinline))
native_stack_here(struct ledger *ledger, const struct unwind_registers *from)
{
	size_t max = options.frames, frames;
	uint64_t pc[max];
	bool cut;

	frames = backtrace_take(from, pc, max, &cut);
	return frames > 0 ? intern(ledger, pc, frames, cut) : 0;
}

uint32_t stack_here(const struct visit *visit)
{
	/* Each frame of ours costs 70 instructions: the walk begins in the outermost that can. */
	const struct unwind_registers here = unwind_here();
	uint32_t id = 0;

	unwind_signal_context = 0;
	if (!runtimes_are_here())
		id = native_stack_here(visit->ledger, &here);
	/* Also after a stack with new code in it: that may have been a runtime. */
	if (runtimes_are_here())
		id = mixed_stack_here(visit->ledger, &here);
	if (id == 0)
		ledger_count_lost(visit->ledger, LOST_STACKS);
	return id;
}

uint32_t stack_of_script(const struct visit *visit, const struct script_line *lines, size_t count)
{
	uint64_t pc[RECORDED_FRAMES_MAX];
	size_t frames;

	for (frames = 0; frames < count && frames < options.frames; frames++) {
		uint32_t row = script_row(visit->ledger, &lines[frames]);

		if (row == NO_SCRIPT)
			return 0;
		pc[frames] = RECORDED_SCRIPT_FRAME | row;
	}
	return frames ? intern(visit->ledger, pc, frames, frames < count) : 0;
}
