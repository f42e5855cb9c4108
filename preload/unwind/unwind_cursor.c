/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_cursor.h"

#if defined(__x86_64__)

#include <ucontext.h>
#include "preload/unwind/unwind_bounds.h"
#include "preload/unwind/unwind_cfi.h"
#include "preload/unwind/unwind_expression.h"
#include "preload/unwind/unwind_program.h"
#include "preload/unwind/unwind_signal.h"
#include "preload/unwind/unwind_tables.h"

/* Frames lie each above its callee. Only these may not: a signal's, and where stacks are switched.
 */
#define TURNS_MAX 64

/* How far above the stack pointer a frame pointer may point where nothing else is known. */
#define GUESS_MAX 16384

#define BIT(number) (1u << (number))

struct cursor {
	struct unwind_values registers;
	struct unwind_bounds bounds;
	unsigned int turns;
	bool is_exact; /* the return address is that of the next instruction, not behind a call */
	bool is_plain;
};

enum step {
	STEPPED,
	AT_END,
	LOST_WAY,
};

static uint64_t value_of(const struct cursor *cursor, enum unwind_register number)
{
	return cursor->registers.value[number];
}

/* Only these survive a call. */
static struct unwind_values kept_by_callee(const struct unwind_values *registers)
{
	struct unwind_values kept = *registers;
	unsigned int column;

	kept.known = 0;
	for (column = 0; column < UNWIND_COLUMNS; column++)
		kept.known |= BIT(unwind_register_of(column));
	kept.known &= registers->known;
	return kept;
}

/* What PLACE stands for, given the CFA (NULL: it is the CFA that is asked for). */
static bool find(struct cursor *cursor, const struct unwind_entry *entry,
		 const struct unwind_place *place, const uint64_t *cfa, uint64_t *value)
{
	const struct unwind_values *registers = &cursor->registers;
	uint64_t found;

	if (place->where == UNWIND_AT_EXPRESSION || place->where == UNWIND_IS_EXPRESSION) {
		if (!unwind_evaluate(unwind_expression_of(entry, place), registers, &cursor->bounds,
				     cfa, &found))
			return false;
	} else if (!unwind_place_of(place, registers, cfa, &found)) {
		return false;
	}
	if (unwind_is_stored(place))
		return unwind_bounds_read(&cursor->bounds, found, sizeof(*value), value);
	*value = found;
	return true;
}

/* May the stack go on at SP? Upwards it always may; elsewhere it is another stack, now and then. */
static bool goes_on_at(struct cursor *cursor, uint64_t sp)
{
	if (sp > value_of(cursor, UNWIND_SP) && sp % 8 == 0 &&
	    unwind_bounds_hold(&cursor->bounds, sp - 8))
		return true;
	if (sp == value_of(cursor, UNWIND_SP) && cursor->is_exact)
		return true;
	cursor->is_plain = false;
	return cursor->turns++ < TURNS_MAX && unwind_bounds_of(sp - 8, &cursor->bounds);
}

/* What every unwinder follows alike, without reading anything but the stack at known distances. */
static bool is_plain(const struct unwind_row *row, const struct unwind_entry *entry)
{
	unsigned int column;

	if (entry->is_signal || row->has_other_expressions ||
	    (row->cfa.where != UNWIND_IS_REGISTER && !row->cfa_is_of_plt))
		return false;
	for (column = 0; column < UNWIND_COLUMNS; column++) {
		const struct unwind_place *place = &row->columns[column];

		if (place->where == UNWIND_KEPT || place->where == UNWIND_UNDEFINED ||
		    (place->where == UNWIND_AT_CFA && place->number < 0) ||
		    (place->where == UNWIND_IS_REGISTER && place->number == 0) ||
		    (place->where == UNWIND_IS_CFA && place->number == 0 &&
		     column == UNWIND_COLUMN_SP))
			continue;
		return false;
	}
	return true;
}

static enum step step_by_row(struct cursor *cursor, const struct unwind_entry *entry,
			     const struct unwind_row *row)
{
	struct unwind_values caller;
	unsigned int column;
	uint64_t cfa, value;

	if (!find(cursor, entry, &row->cfa, NULL, &cfa))
		return LOST_WAY;
	if (!goes_on_at(cursor, cfa))
		return LOST_WAY;
	cursor->is_plain = cursor->is_plain && is_plain(row, entry);
	caller = entry->is_signal ? cursor->registers : kept_by_callee(&cursor->registers);
	for (column = 0; column < UNWIND_COLUMNS; column++) {
		const struct unwind_place *place = &row->columns[column];
		unsigned int number = unwind_register_of(column);

		if (place->where == UNWIND_KEPT)
			continue;
		caller.known &= ~BIT(number);
		if (find(cursor, entry, place, &cfa, &value))
			unwind_set(&caller, number, value);
		else if (place->where != UNWIND_UNDEFINED)
			cursor->is_plain = false;
	}
	if (!unwind_knows(&caller, UNWIND_PC) || !unwind_knows(&caller, UNWIND_SP) ||
	    row->columns[UNWIND_COLUMN_PC].where == UNWIND_KEPT)
		return LOST_WAY;
	if (caller.value[UNWIND_SP] != cfa && !goes_on_at(cursor, caller.value[UNWIND_SP]))
		return LOST_WAY;
	cursor->registers = caller;
	cursor->is_exact = entry->is_signal;
	return !entry->is_signal || cursor->turns++ < TURNS_MAX ? STEPPED : LOST_WAY;
}

/* What was interrupted may have run on another stack. */
static enum step step_over_signal(struct cursor *cursor)
{
	static const uint8_t places[UNWIND_REGISTERS] = {
		REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
		REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
	};
	uint64_t context = value_of(cursor, UNWIND_SP), value;
	uint64_t saved = context + offsetof(ucontext_t, uc_mcontext.gregs);
	unsigned int i;

	for (i = 0; i < UNWIND_REGISTERS; i++) {
		if (!unwind_bounds_read(&cursor->bounds, saved + places[i] * sizeof(value),
					sizeof(value), &value))
			return LOST_WAY;
		unwind_set(&cursor->registers, i, value);
	}
	unwind_signal_crossed(context);
	cursor->is_exact = true;
	cursor->is_plain = false;
	return cursor->turns++ < TURNS_MAX &&
			       unwind_bounds_of(value_of(cursor, UNWIND_SP), &cursor->bounds)
		       ? STEPPED
		       : LOST_WAY;
}

/*
 * Code without unwind information: made at run time, or written in assembler. It mostly keeps frame
 * pointers, the first frame of a stack has 0 there.
 */
static enum step step_by_guess(struct cursor *cursor)
{
	uint64_t fp = value_of(cursor, UNWIND_FP), sp = value_of(cursor, UNWIND_SP), above, back;

	cursor->is_plain = false;
	if (!unwind_knows(&cursor->registers, UNWIND_FP) || fp == 0)
		return AT_END;
	if (fp < sp || fp - sp > GUESS_MAX)
		return LOST_WAY;
	unwind_bounds_doubt(&cursor->bounds, sp);
	if (!unwind_bounds_hold(&cursor->bounds, fp) ||
	    !unwind_bounds_hold(&cursor->bounds, fp + 8) ||
	    !unwind_bounds_read(&cursor->bounds, fp, sizeof(above), &above) ||
	    !unwind_bounds_read(&cursor->bounds, fp + 8, sizeof(back), &back))
		return LOST_WAY;
	cursor->registers.known = 0;
	unwind_set(&cursor->registers, UNWIND_FP, above);
	unwind_set(&cursor->registers, UNWIND_SP, fp + 16);
	unwind_set(&cursor->registers, UNWIND_PC, back);
	cursor->is_exact = false;
	return STEPPED;
}

static enum step step(struct cursor *cursor, uint64_t address)
{
	struct unwind_entry entry;
	struct unwind_row row;
	bool lasting;

	switch (unwind_cfi_rule(address, &lasting).kind) {
	case UNWIND_SIGNAL:
		return step_over_signal(cursor);
	case UNWIND_OUTERMOST:
		return AT_END;
	case UNWIND_NO_INFORMATION:
		return step_by_guess(cursor);
	case UNWIND_MISLEADING:
		return LOST_WAY;
	default:
		break;
	}
	if (unwind_tables_find(address, &entry) != UNWIND_FOUND ||
	    !unwind_program_run(&entry, address, &row))
		return LOST_WAY;
	return step_by_row(cursor, &entry, &row);
}

/* Those of the function that this becomes a part of. */
static inline __attribute__((always_inline)) void registers_here(struct unwind_values *here)
{
	uint64_t *value = here->value;

	here->known = BIT(UNWIND_RBX) | BIT(UNWIND_FP) | BIT(UNWIND_SP) | BIT(UNWIND_R12) |
		      BIT(UNWIND_R13) | BIT(UNWIND_R14) | BIT(UNWIND_R15) | BIT(UNWIND_PC);
	__asm__ volatile("mov %%rbx, 3*8(%0)\n\tmov %%rbp, 6*8(%0)\n\tmov %%rsp, 7*8(%0)\n\t"
			 "mov %%r12, 12*8(%0)\n\tmov %%r13, 13*8(%0)\n\tmov %%r14, 14*8(%0)\n\t"
			 "mov %%r15, 15*8(%0)\n\tlea 0(%%rip), %%rax\n\tmov %%rax, 16*8(%0)"
			 :
			 : "D"(value)
			 : "rax", "memory");
}

size_t unwind_cursor_walk(const struct unwind_hidden *hidden, uint64_t *found, size_t max,
			  enum unwind_end *end, bool *plain)
{
	struct cursor cursor = { .is_exact = true, .is_plain = true };
	enum step done = LOST_WAY;
	size_t n = 0;

	registers_here(&cursor.registers);
	*end = UNWIND_BROKEN;
	*plain = false;
	if (!unwind_bounds_of(value_of(&cursor, UNWIND_SP), &cursor.bounds))
		return 0;
	for (;;) {
		uint64_t pc = value_of(&cursor, UNWIND_PC);

		if (!unwind_is_code(pc)) {
			done = pc == 0 ? AT_END : LOST_WAY;
			break;
		}
		if (pc - hidden->start >= hidden->end - hidden->start) {
			if (n == max) {
				*end = UNWIND_FULL;
				return n;
			}
			found[n++] = pc;
		}
		done = step(&cursor, cursor.is_exact ? pc : pc - 1);
		if (done != STEPPED)
			break;
	}
	if (done == AT_END) {
		*end = UNWIND_WHOLE;
		*plain = cursor.is_plain;
	}
	return n;
}

#else

size_t unwind_cursor_walk(const struct unwind_hidden *hidden, uint64_t *pc, size_t max,
			  enum unwind_end *end, bool *plain)
{
	(void)hidden;
	(void)pc;
	(void)max;
	*end = UNWIND_BROKEN;
	*plain = false;
	return 0;
}

#endif
