/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/stack_walk.h"

#include <string.h>
#include <ucontext.h>

#include "preload/unwind/unwind_program.h"

/* Signals' frames may lead to another stack: only so many times, never in circles. */
#define TURNS_MAX 16

/* How far above the stack pointer a frame pointer may point where nothing else is known. */
#define GUESS_MAX (64u << 10)

/* Words of the stack that are searched for a return address. */
#define SEARCH_MAX 64

struct walk {
	struct target_code *code;
	const struct stack_copy *copy;
	struct unwind_values registers;
	bool is_exact;    /* the address is of the next instruction, not of a return */
	bool ran_out;     /* something was asked for beyond the copy */
	uint64_t highest; /* byte of the copy that was read */
	uint32_t place;   /* of the return address that was read last */
	unsigned int turns;
};

enum step {
	STEPPED,
	AT_END,
	LOST_WAY,
};

static uint64_t value_of(const struct walk *walk, enum unwind_register number)
{
	return walk->registers.value[number];
}

static bool load(struct walk *walk, uint64_t place, uint64_t *value)
{
	uint64_t at = place - walk->copy->registers->sp;

	if (at > walk->copy->size || walk->copy->size - at < sizeof(*value)) {
		/* Not far above the copy is what the copy is too short for. */
		walk->ran_out |= at >= walk->copy->size && at - walk->copy->size < (8u << 20);
		return false;
	}
	memcpy(value, walk->copy->bytes + at, sizeof(*value));
	if (at + sizeof(*value) > walk->highest)
		walk->highest = at + sizeof(*value);
	return true;
}

/* The frame above goes on at VALUE, which lies at PLACE of the stack. */
static void found_return(struct walk *walk, uint64_t place, uint64_t value)
{
	uint64_t offset = place - walk->copy->registers->sp;

	unwind_set(&walk->registers, UNWIND_PC, value);
	walk->is_exact = false;
	walk->place = offset < walk->copy->size ? (uint32_t)offset : STACK_NO_PLACE;
}

/*
 * Code without unwind information: Go's, made at run time, or written in assembler. It mostly keeps
 * frame pointers, the first frame of a stack has 0 there.
 */
static enum step step_by_frame_pointer(struct walk *walk)
{
	uint64_t fp = value_of(walk, UNWIND_FP), sp = value_of(walk, UNWIND_SP), above, back;

	if (!unwind_knows(&walk->registers, UNWIND_FP) || fp == 0)
		return AT_END;
	if (fp < sp || fp - sp > GUESS_MAX || fp % 8)
		return LOST_WAY;
	if (!load(walk, fp, &above) || !load(walk, fp + 8, &back))
		return LOST_WAY;
	walk->registers.known = 0;
	unwind_set(&walk->registers, UNWIND_FP, above);
	unwind_set(&walk->registers, UNWIND_SP, fp + 16);
	found_return(walk, fp + 8, back);
	return STEPPED;
}

#if defined(__x86_64__)

/*
 * musl has no unwind information and keeps no frame pointers, but its frames on the way into the
 * kernel are small: the first value that can be a return address into the program is the one.
 */
static enum step step_by_search(struct walk *walk, const struct target_module *module)
{
	uint64_t place = value_of(walk, UNWIND_SP), value;
	unsigned int i;

	for (i = 0; i < SEARCH_MAX && load(walk, place, &value); i++, place += 8) {
		if (value - module->start >= module->end - module->start ||
		    !code_image_is_return(module->image, value - module->bias))
			continue;
		unwind_set(&walk->registers, UNWIND_SP, place + 8);
		found_return(walk, place, value);
		return STEPPED;
	}
	return LOST_WAY;
}

/*
 * What PLACE stands for, given the CFA (NULL: it is the CFA that is asked for). *from: where on the
 * stack that lies, if it does.
 */
static bool find(struct walk *walk, const struct unwind_place *place, const uint64_t *cfa,
		 uint64_t *value, uint64_t *from)
{
	if (!unwind_place_of(place, &walk->registers, cfa, from))
		return false;
	if (unwind_is_stored(place))
		return load(walk, *from, value);
	*value = *from;
	return true;
}

/* In an entry of the PLT: 8 bytes further up once the index is pushed. */
static uint64_t plt_cfa(const struct walk *walk)
{
	uint64_t pc = value_of(walk, UNWIND_PC);

	return value_of(walk, UNWIND_SP) + 8 + ((pc & 15) >= 11 ? 8 : 0);
}

static enum step step_by_row(struct walk *walk, const struct unwind_row *row)
{
	struct unwind_values caller = { .known = 0 };
	uint64_t cfa, value, from, back = 0;
	unsigned int column;

	if (row->cfa_is_of_plt)
		cfa = plt_cfa(walk);
	else if (!find(walk, &row->cfa, NULL, &cfa, &from))
		return LOST_WAY;
	if (cfa <= value_of(walk, UNWIND_SP) &&
	    !(walk->is_exact && cfa == value_of(walk, UNWIND_SP)))
		return LOST_WAY;
	for (column = 0; column < UNWIND_COLUMNS; column++) {
		const struct unwind_place *place = &row->columns[column];
		unsigned int number = unwind_register_of(column);

		if (place->where == UNWIND_KEPT && unwind_knows(&walk->registers, number) &&
		    number != UNWIND_SP)
			value = value_of(walk, number);
		else if (!find(walk, place, &cfa, &value, &from))
			continue;
		unwind_set(&caller, number, value);
		if (column == UNWIND_COLUMN_PC)
			back = from;
	}
	if (!unwind_knows(&caller, UNWIND_PC) ||
	    row->columns[UNWIND_COLUMN_PC].where == UNWIND_KEPT)
		return LOST_WAY;
	unwind_set(&caller, UNWIND_SP, cfa);
	walk->registers = caller;
	found_return(walk, back, value_of(walk, UNWIND_PC));
	return STEPPED;
}

/* The stack pointer points to what the signal interrupted, which may have run on another stack. */
static enum step step_over_signal(struct walk *walk)
{
	static const struct {
		uint8_t number, place;
	} saved[] = {
		{ UNWIND_RBX, REG_RBX }, { UNWIND_FP, REG_RBP },  { UNWIND_SP, REG_RSP },
		{ UNWIND_R12, REG_R12 }, { UNWIND_R13, REG_R13 }, { UNWIND_R14, REG_R14 },
		{ UNWIND_R15, REG_R15 }, { UNWIND_PC, REG_RIP },
	};
	uint64_t registers = value_of(walk, UNWIND_SP) + offsetof(ucontext_t, uc_mcontext.gregs),
		 value;
	size_t i;

	if (walk->turns++ == TURNS_MAX)
		return LOST_WAY;
	for (i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
		if (!load(walk, registers + saved[i].place * sizeof(value), &value))
			return LOST_WAY;
		unwind_set(&walk->registers, saved[i].number, value);
	}
	walk->is_exact = true;
	walk->place = STACK_NO_PLACE;
	return STEPPED;
}

#else

static enum step step_by_search(struct walk *walk, const struct target_module *module)
{
	(void)walk;
	(void)module;
	return LOST_WAY;
}

static enum step step_by_row(struct walk *walk, const struct unwind_row *row)
{
	(void)row;
	return step_by_frame_pointer(walk);
}

static enum step step_over_signal(struct walk *walk)
{
	(void)walk;
	return LOST_WAY;
}

#endif

/* The instruction that the frame is at. */
static uint64_t address_of(const struct walk *walk)
{
	return value_of(walk, UNWIND_PC) - (walk->is_exact ? 0 : 1);
}

/* Nobody returns there. Code made at run time is in no file. */
static bool is_in_data(const struct walk *walk)
{
	struct target_module *module = target_code_at(walk->code, address_of(walk));

	return module && code_image_is_data(module->image, address_of(walk) - module->bias);
}

/*
 * glibc has no unwind information for clone3() where it enters the kernel, since the child has no
 * frame above. It has pushed nothing there: the return address is on top.
 */
static enum step step_by_top(struct walk *walk)
{
	uint64_t sp = value_of(walk, UNWIND_SP), back;
	struct target_module *module;

	if (!walk->is_exact || !load(walk, sp, &back))
		return LOST_WAY;
	module = target_code_at(walk->code, back - 1);
	if (!module ||
	    code_image_rule(module->image, back - 1 - module->bias)->kind != FRAME_BY_ROW)
		return LOST_WAY;
	unwind_set(&walk->registers, UNWIND_SP, sp + 8);
	found_return(walk, sp, back);
	return STEPPED;
}

static enum step step(struct walk *walk)
{
	uint64_t address = address_of(walk);
	struct target_module *module = target_code_at(walk->code, address);
	const struct frame_rule *rule;

	if (!module)
		return step_by_frame_pointer(walk);
	rule = code_image_rule(module->image, address - module->bias);
	switch (rule->kind) {
	case FRAME_BY_ROW:
		return step_by_row(walk, &rule->row);
	case FRAME_SIGNAL:
		return step_over_signal(walk);
	case FRAME_OUTERMOST:
		return step_by_top(walk) == STEPPED ? STEPPED : AT_END;
	case FRAME_NO_RULE:
		if (!code_image_is_go(module->image) &&
		    (step_by_top(walk) == STEPPED || step_by_search(walk, module) == STEPPED))
			return STEPPED;
		return step_by_frame_pointer(walk);
	case FRAME_BROKEN:
		break;
	}
	return LOST_WAY;
}

static void begin(struct walk *walk)
{
	const struct attach_registers *from = walk->copy->registers;

	unwind_set(&walk->registers, UNWIND_PC, from->pc);
	unwind_set(&walk->registers, UNWIND_SP, from->sp);
	unwind_set(&walk->registers, UNWIND_FP, from->fp);
	unwind_set(&walk->registers, UNWIND_RBX, from->rbx);
	unwind_set(&walk->registers, UNWIND_R12, from->r12);
	unwind_set(&walk->registers, UNWIND_R13, from->r13);
	unwind_set(&walk->registers, UNWIND_R14, from->r14);
	unwind_set(&walk->registers, UNWIND_R15, from->r15);
}

void stack_walk(struct target_code *code, const struct stack_copy *copy,
		struct walked_stack *walked)
{
	struct walk walk = {
		.code = code, .copy = copy, .is_exact = true, .place = STACK_NO_PLACE
	};
	enum step done = STEPPED;

	begin(&walk);
	walked->count = 0;
	while (done == STEPPED) {
		uint64_t here = value_of(&walk, UNWIND_PC);

		if (!unwind_is_code(here)) {
			done = here == 0 ? AT_END : LOST_WAY;
			break;
		}
		if (is_in_data(&walk)) {
			done = LOST_WAY;
			break;
		}
		if (walked->count == RECORDED_FRAMES_MAX)
			break;
		walked->pc[walked->count] = here;
		walked->place[walked->count++] = walk.place;
		done = step(&walk);
	}
	walked->used = walk.highest;
	walked->end = done == STEPPED  ? STACK_FULL
		      : done == AT_END ? STACK_WHOLE
		      : walk.ran_out   ? STACK_SHORT
				       : STACK_BROKEN;
}
