/* SPDX-License-Identifier: MIT */
#include "preload/unwind_stack.h"

#include <ucontext.h>
#include "preload/loaded_object.h"
#include "preload/unwind_bounds.h"
#include "preload/unwind_cfi.h"
#include "preload/unwind_rules.h"

#if defined(__x86_64__)

/* A program's own addresses; code lies in none of the others. */
#define CODE_MIN 4096u
#define CODE_MAX (1ull << 47)

/* Frames that are left out in one stack: at most 8, once more for each signal in between. */
#define HIDDEN_MAX 64

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

static struct unwind_rule rule_at(uint64_t address)
{
	uint64_t packed = unwind_rules_find(address);

	return __builtin_expect(packed != 0, 1) ? unwind_rule_of(packed) : learn(address);
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
	return step_to(walk, fp + 16, fp, 0);
}

static enum step step_by_slot(struct walk *walk, const struct unwind_rule *rule)
{
	uint64_t slot = walk->at.fp + (int64_t)rule->cfa;

	if (!unwind_bounds_hold(&walk->bounds, slot))
		return LOST_WAY;
	return step_to(walk, load(slot), walk->at.fp + (int64_t)rule->fp, rule->fp);
}

static enum step step(struct walk *walk, struct unwind_rule rule)
{
	uint64_t cfa;

	switch (rule.kind) {
	case UNWIND_BY_SP:
		cfa = walk->at.sp + (int64_t)rule.cfa;
		return step_to(walk, cfa, cfa + (int64_t)rule.fp, rule.fp);
	case UNWIND_BY_FP:
		cfa = walk->at.fp + (int64_t)rule.cfa;
		return step_to(walk, cfa, cfa + (int64_t)rule.fp, rule.fp);
	case UNWIND_BY_FP_SLOT:
		return step_by_slot(walk, &rule);
	case UNWIND_SIGNAL:
		return step_over_signal(walk);
	case UNWIND_OUTERMOST:
		return AT_END;
	case UNWIND_UNTOLD:
		return step_by_guess(walk);
	case UNWIND_INTRICATE:
		break;
	}
	return TOO_INTRICATE;
}

size_t unwind_stack(const struct unwind_registers *from, const struct unwind_hidden *hidden,
		    uint64_t *pc, size_t max, enum unwind_end *end)
{
	struct walk walk = { .at = *from, .is_exact = true };
	size_t n = 0, steps;

	*end = UNWIND_BROKEN;
	if (!unwind_bounds_of(from->sp, &walk.bounds))
		return 0;
	for (steps = 0; steps < max + HIDDEN_MAX; steps++) {
		if (walk.at.pc == 0) {
			*end = UNWIND_WHOLE;
			return n;
		}
		if (walk.at.pc < CODE_MIN || walk.at.pc >= CODE_MAX)
			return n;
		if (walk.at.pc - hidden->start >= hidden->end - hidden->start) {
			if (n == max) {
				*end = UNWIND_FULL;
				return n;
			}
			pc[n++] = walk.at.pc;
		}
		switch (step(&walk, rule_at(walk.at.pc - !walk.is_exact))) {
		case STEPPED:
			break;
		case AT_END:
			*end = UNWIND_WHOLE;
			return n;
		case LOST_WAY:
			return n;
		case TOO_INTRICATE:
			*end = UNWIND_BEYOND;
			return n;
		}
	}
	return n;
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
