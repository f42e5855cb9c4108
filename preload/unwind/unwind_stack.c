/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_stack.h"

#include <ucontext.h>
#include "preload/platform/loaded_object.h"
#include "preload/unwind/unwind_bounds.h"
#include "preload/unwind/unwind_cfi.h"
#include "preload/unwind/unwind_program.h"
#include "preload/unwind/unwind_rules.h"
#include "preload/unwind/unwind_signal.h"

__thread uint64_t unwind_signal_context;

#if defined(__x86_64__)

/* Each frame but a signal's lies above its callee: only these could lead in circles. */
#define SIGNALS_MAX 64

/* How far above the stack pointer a frame pointer may point where nothing else is known. */
#define GUESS_MAX 16384

struct walk {
	struct unwind_registers at;
	struct unwind_bounds bounds;
	bool is_exact; /* at.pc is the next instruction, not the one after a call */
};

enum step {
	STEPPED,
	AT_END,
	LOST_WAY,
	TOO_INTRICATE,
};

bool unwind_stack_start(void)
{
	unwind_bounds_start();
	return loaded_object_is_lock_free() && unwind_rules_start();
}

static uint64_t load(uint64_t place)
{
	uint64_t value;

	__builtin_memcpy(&value, (const void *)place, sizeof(value));
	return value;
}

static __attribute__((noinline)) struct unwind_rule learn(uint64_t address)
{
	uint32_t generation = unwind_rules_generation();
	bool lasting;
	struct unwind_rule rule = unwind_cfi_rule(address, &lasting);

	if (lasting)
		unwind_rules_store(address, generation, &rule);
	return rule;
}

/*
 * To the frame whose callee had CFA, and saved the caller's frame pointer at SAVED. The stack goes
 * up with each frame: an overwritten one leads nowhere, but not in circles.
 */
static enum step step_to(struct walk *walk, uint64_t cfa, uint64_t saved, int32_t fp)
{
	struct unwind_bounds *bounds = &walk->bounds;

	if (cfa <= walk->at.sp || !unwind_bounds_hold(bounds, cfa - 8))
		return LOST_WAY;
	if (fp <= 0) {
		if (!unwind_bounds_hold(bounds, saved))
			return LOST_WAY;
		walk->at.fp = load(saved);
	} else if (fp == UNWIND_FP_LOST) {
		walk->at.fp = 0;
	}
	walk->at.pc = load(cfa - 8);
	walk->at.sp = cfa;
	walk->is_exact = false;
	return STEPPED;
}

/* What was interrupted may have run on another stack. */
static enum step step_over_signal(struct walk *walk)
{
	uint64_t registers = walk->at.sp + offsetof(ucontext_t, uc_mcontext.gregs);
	const uint64_t *saved = (const uint64_t *)registers;

	if (!unwind_bounds_hold(&walk->bounds, registers) ||
	    !unwind_bounds_hold(&walk->bounds, registers + REG_RIP * 8))
		return LOST_WAY;
	unwind_signal_crossed(walk->at.sp);
	walk->at = (struct unwind_registers){
		.pc = saved[REG_RIP],
		.sp = saved[REG_RSP],
		.fp = saved[REG_RBP],
	};
	walk->is_exact = true;
	return unwind_bounds_of(walk->at.sp, &walk->bounds) ? STEPPED : LOST_WAY;
}

/*
 * Code without unwind information: made at run time, or written in assembler. It mostly keeps frame
 * pointers, the first frame of a stack has 0 there.
 */
static enum step step_by_guess(struct walk *walk)
{
	uint64_t fp = walk->at.fp;

	if (fp == 0)
		return AT_END;
	if (fp < walk->at.sp || fp - walk->at.sp > GUESS_MAX)
		return LOST_WAY;
	unwind_bounds_doubt(&walk->bounds, walk->at.sp);
	return step_to(walk, fp + 16, fp, 0);
}

static enum step step_by_slot(struct walk *walk, const struct unwind_rule *rule)
{
	uint64_t slot = walk->at.fp + (int64_t)rule->cfa;

	if (!unwind_bounds_hold(&walk->bounds, slot))
		return LOST_WAY;
	return step_to(walk, load(slot), walk->at.fp + (int64_t)rule->fp, rule->fp);
}

/* A frame that switched stacks has its caller on another one: the cursor follows it there. */
static enum step elsewhere(enum step done)
{
	return done == LOST_WAY ? TOO_INTRICATE : done;
}

static __attribute__((noinline)) enum step step(struct walk *walk, uint64_t address,
						uint64_t packed)
{
	struct unwind_rule rule = packed ? unwind_rule_of(packed) : learn(address);
	uint64_t cfa;

	switch (rule.kind) {
	case UNWIND_BY_SP:
		cfa = walk->at.sp + (int64_t)rule.cfa;
		return step_to(walk, cfa, cfa + (int64_t)rule.fp, rule.fp);
	case UNWIND_BY_FP:
		cfa = walk->at.fp + (int64_t)rule.cfa;
		return elsewhere(step_to(walk, cfa, cfa + (int64_t)rule.fp, rule.fp));
	case UNWIND_BY_FP_SLOT:
		return step_by_slot(walk, &rule);
	case UNWIND_SIGNAL:
		return step_over_signal(walk);
	case UNWIND_OUTERMOST:
		return AT_END;
	case UNWIND_NO_INFORMATION:
		return step_by_guess(walk);
	case UNWIND_MISLEADING:
		return LOST_WAY;
	case UNWIND_INTRICATE:
		break;
	}
	return TOO_INTRICATE;
}

static enum unwind_end end_of(enum step done)
{
	switch (done) {
	case AT_END:
		return UNWIND_WHOLE;
	case TOO_INTRICATE:
		return UNWIND_BEYOND;
	default:
		return UNWIND_BROKEN;
	}
}

/*
 * The loop does by itself what step() does by the two rules that nearly all frames have, where
 * nothing has to be asked, with the registers in registers: 70 instructions for each frame.
 */
size_t unwind_stack(const struct unwind_registers *from, const struct unwind_hidden *hidden,
		    uint64_t *found, size_t max, enum unwind_end *end)
{
	const uint64_t hidden_start = hidden->start, hidden_size = hidden->end - hidden->start;
	uint64_t pc = from->pc, sp = from->sp, fp = from->fp, address = pc;
	unsigned int signals = 0;
	size_t n = 0;
	struct walk walk;

	*end = UNWIND_BROKEN;
	if (!unwind_bounds_of(sp, &walk.bounds))
		return 0;
	walk.is_exact = true;
	for (;;) {
		uint64_t packed = unwind_rules_find(address), cfa;
		const struct unwind_rule rule = unwind_rule_of(packed);
		enum step done;

		/* Where a rule is found there is code. */
		if (__builtin_expect(packed == 0, 0) && !unwind_is_code(pc)) {
			if (pc == 0)
				*end = UNWIND_WHOLE;
			return n;
		}
		if (pc - hidden_start >= hidden_size) {
			if (n == max) {
				*end = UNWIND_FULL;
				return n;
			}
			found[n++] = pc;
		}
		cfa = (rule.kind == UNWIND_BY_SP ? sp : fp) + (int64_t)rule.cfa;
		if (__builtin_expect(packed != 0 && rule.kind <= UNWIND_BY_FP && cfa > sp &&
					     cfa <= walk.bounds.high && cfa % 8 == 0,
				     1)) {
			uint64_t saved = cfa + (int64_t)rule.fp;

			if (rule.fp == UNWIND_FP_KEPT || saved >= walk.bounds.low) {
				if (rule.fp < 0)
					fp = load(saved);
				else if (rule.fp == UNWIND_FP_LOST)
					fp = 0;
				pc = load(cfa - 8);
				sp = cfa;
				address = pc - 1;
				continue;
			}
		}
		walk.at = (struct unwind_registers){ pc, sp, fp };
		done = step(&walk, address, packed);
		if (done != STEPPED) {
			*end = end_of(done);
			return n;
		}
		pc = walk.at.pc;
		sp = walk.at.sp;
		fp = walk.at.fp;
		address = walk.is_exact ? pc : pc - 1;
		if (walk.is_exact && ++signals > SIGNALS_MAX)
			return n;
	}
}

#else

bool unwind_stack_start(void)
{
	return false;
}

size_t unwind_stack(const struct unwind_registers *from, const struct unwind_hidden *hidden,
		    uint64_t *pc, size_t max, enum unwind_end *end)
{
	(void)from;
	(void)hidden;
	(void)pc;
	(void)max;
	*end = UNWIND_BEYOND;
	return 0;
}

#endif
