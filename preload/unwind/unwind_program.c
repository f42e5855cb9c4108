/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_program.h"

#include <stddef.h>

/* x86_64's numbers of registers in DWARF. */
#define FP_COLUMN     6
#define SP_COLUMN     7
#define RETURN_COLUMN 16

#define REMEMBERED_MAX 4 /* compilers nest 1 deep */

struct machine {
	const struct unwind_entry *entry;
	uint64_t location; /* where the row begins that is being made */
	struct unwind_row row;
	struct unwind_row initial; /* as the common program leaves it */
	struct unwind_row remembered[REMEMBERED_MAX];
	unsigned int depth;
};

/* DW_OP_* of the forms of expression that are followed. */
#define OP_DEREF     0x06
#define OP_BREG0     0x70
#define BREG(column) (OP_BREG0 + (column))

/* Is EXPRESSION the value of REGISTER plus *number, dereferenced if DEREF, and nothing else? */
static bool is_sum(struct unwind_bytes expression, uint8_t column, bool deref, int64_t *number)
{
	if (unwind_byte(&expression) != BREG(column))
		return false;
	*number = unwind_signed(&expression);
	if (deref && unwind_byte(&expression) != OP_DEREF)
		return false;
	return !expression.bad && expression.at == expression.end;
}

/*
 * The CFA of a PLT entry, as GNU ld and lld write it: 8 bytes further up once the index is pushed,
 * which is from the 11th byte of the 16 on (the 10th with IBT).
 */
static bool is_of_plt(struct unwind_bytes expression)
{
	static const uint8_t of_plt[] = { 0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a,
					  0x3b, 0x2a, 0x33, 0x24, 0x22 };
	static const size_t threshold = 6;
	size_t i;

	for (i = 0; i < sizeof(of_plt); i++) {
		uint8_t byte = unwind_byte(&expression);

		if (byte != of_plt[i] && !(i == threshold && byte == of_plt[i] - 1))
			return false;
	}
	return !expression.bad && expression.at == expression.end;
}

static struct unwind_place *column(struct unwind_row *row, uint64_t number)
{
	if (number == FP_COLUMN)
		return &row->fp;
	if (number == RETURN_COLUMN)
		return &row->back;
	row->sp_is_told |= number == SP_COLUMN;
	return NULL;
}

static void tell(struct unwind_row *row, uint64_t number, enum unwind_where where, int64_t place)
{
	struct unwind_place *told = column(row, number);

	if (told)
		*told = (struct unwind_place){ where, place };
}

static void restore(struct machine *machine, uint64_t number)
{
	const struct unwind_place *before = column(&machine->initial, number);
	struct unwind_place *told = column(&machine->row, number);

	if (told)
		*told = *before;
}

static void tell_expression(struct unwind_row *row, uint64_t number, struct unwind_bytes expression)
{
	int64_t place;

	if (is_sum(expression, FP_COLUMN, false, &place))
		tell(row, number, UNWIND_AT_FP, place);
	else
		tell(row, number, UNWIND_ELSEWHERE, 0);
}

static void tell_cfa(struct unwind_row *row, uint64_t base, int64_t number)
{
	row->cfa_register = base;
	row->cfa_is_common = base < RETURN_COLUMN;
	row->cfa.number = number;
	row->cfa.where = base == SP_COLUMN   ? UNWIND_IS_SP
			 : base == FP_COLUMN ? UNWIND_IS_FP
					     : UNWIND_ELSEWHERE;
}

/* In a signal's frame all is in the ucontext, that the stack pointer points to. */
static void tell_cfa_expression(struct machine *machine, struct unwind_bytes expression)
{
	struct unwind_row *row = &machine->row;
	int64_t number;

	row->cfa.where = UNWIND_ELSEWHERE;
	row->cfa_is_common = is_of_plt(expression);
	if (is_sum(expression, SP_COLUMN, false, &number))
		tell_cfa(row, SP_COLUMN, number);
	else if (is_sum(expression, FP_COLUMN, false, &number))
		tell_cfa(row, FP_COLUMN, number);
	else if (is_sum(expression, FP_COLUMN, true, &number))
		row->cfa = (struct unwind_place){ UNWIND_AT_FP, number };
	else if (machine->entry->is_signal && is_sum(expression, SP_COLUMN, true, &number))
		row->cfa = (struct unwind_place){ UNWIND_AT_SP, number };
}

static bool remember(struct machine *machine)
{
	if (machine->depth == REMEMBERED_MAX)
		return false;
	machine->remembered[machine->depth++] = machine->row;
	return true;
}

static bool recall(struct machine *machine)
{
	if (machine->depth == 0)
		return false;
	machine->row = machine->remembered[--machine->depth];
	return true;
}

/* DW_CFA_*: an instruction's upper two bits, where they are not 0; all of it otherwise. */
enum instruction {
	CFA_ADVANCE_LOC = 0x40,
	CFA_OFFSET = 0x80,
	CFA_RESTORE = 0xc0,
	CFA_NOP = 0x00,
	CFA_SET_LOC,
	CFA_ADVANCE_LOC1,
	CFA_ADVANCE_LOC2,
	CFA_ADVANCE_LOC4,
	CFA_OFFSET_EXTENDED,
	CFA_RESTORE_EXTENDED,
	CFA_UNDEFINED,
	CFA_SAME_VALUE,
	CFA_REGISTER,
	CFA_REMEMBER_STATE,
	CFA_RESTORE_STATE,
	CFA_DEF_CFA,
	CFA_DEF_CFA_REGISTER,
	CFA_DEF_CFA_OFFSET,
	CFA_DEF_CFA_EXPRESSION,
	CFA_EXPRESSION,
	CFA_OFFSET_EXTENDED_SF,
	CFA_DEF_CFA_SF,
	CFA_DEF_CFA_OFFSET_SF,
	CFA_VAL_OFFSET,
	CFA_VAL_OFFSET_SF,
	CFA_VAL_EXPRESSION,
	CFA_GNU_ARGS_SIZE = 0x2e,
	CFA_GNU_NEGATIVE_OFFSET_EXTENDED,
};

/* Where the next row begins, if INSTRUCTION says so. */
static bool apply_advance_op(struct machine *machine, uint8_t instruction,
			     struct unwind_bytes *program)
{
	uint64_t unit = machine->entry->code_unit;

	switch (instruction & 0xc0 ? instruction & 0xc0 : instruction) {
	case CFA_ADVANCE_LOC:
		machine->location += (instruction & 0x3f) * unit;
		return true;
	case CFA_ADVANCE_LOC1:
		machine->location += unwind_number(program, 1) * unit;
		return true;
	case CFA_ADVANCE_LOC2:
		machine->location += unwind_number(program, 2) * unit;
		return true;
	case CFA_ADVANCE_LOC4:
		machine->location += unwind_number(program, 4) * unit;
		return true;
	case CFA_SET_LOC:
		machine->location = unwind_pointer(program, machine->entry->pointers);
		return true;
	default:
		return false;
	}
}

/* Changes the row. False: an instruction that is not known. */
static bool apply_row_op(struct machine *machine, uint8_t instruction, struct unwind_bytes *program)
{
	int64_t unit = machine->entry->place_unit;
	struct unwind_row *row = &machine->row;
	uint64_t number;

	switch (instruction & 0xc0) {
	case CFA_OFFSET:
		tell(row, instruction & 0x3f, UNWIND_AT_CFA,
		     (int64_t)unwind_unsigned(program) * unit);
		return true;
	case CFA_RESTORE:
		restore(machine, instruction & 0x3f);
		return true;
	}
	switch (instruction) {
	case CFA_NOP:
		return true;
	case CFA_GNU_ARGS_SIZE:
		unwind_unsigned(program);
		return true;
	case CFA_REMEMBER_STATE:
		return remember(machine);
	case CFA_RESTORE_STATE:
		return recall(machine);
	case CFA_DEF_CFA_OFFSET:
		tell_cfa(row, row->cfa_register, (int64_t)unwind_unsigned(program));
		return true;
	case CFA_DEF_CFA_OFFSET_SF:
		tell_cfa(row, row->cfa_register, unwind_signed(program) * unit);
		return true;
	case CFA_DEF_CFA_EXPRESSION:
		tell_cfa_expression(machine, unwind_part(program, unwind_unsigned(program)));
		return true;
	}
	/* All others begin with a register. */
	number = unwind_unsigned(program);
	switch (instruction) {
	case CFA_DEF_CFA:
		tell_cfa(row, number, (int64_t)unwind_unsigned(program));
		return true;
	case CFA_DEF_CFA_SF:
		tell_cfa(row, number, unwind_signed(program) * unit);
		return true;
	case CFA_DEF_CFA_REGISTER:
		tell_cfa(row, number, row->cfa.number);
		return true;
	case CFA_OFFSET_EXTENDED:
		tell(row, number, UNWIND_AT_CFA, (int64_t)unwind_unsigned(program) * unit);
		return true;
	case CFA_OFFSET_EXTENDED_SF:
		tell(row, number, UNWIND_AT_CFA, unwind_signed(program) * unit);
		return true;
	case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
		tell(row, number, UNWIND_AT_CFA, -(int64_t)unwind_unsigned(program) * unit);
		return true;
	case CFA_RESTORE_EXTENDED:
		restore(machine, number);
		return true;
	case CFA_UNDEFINED:
		tell(row, number, UNWIND_UNDEFINED, 0);
		return true;
	case CFA_SAME_VALUE:
		tell(row, number, UNWIND_KEPT, 0);
		return true;
	case CFA_EXPRESSION:
		tell_expression(row, number, unwind_part(program, unwind_unsigned(program)));
		return true;
	case CFA_REGISTER:
		tell(row, number, UNWIND_IN_REGISTER, 0);
		unwind_unsigned(program);
		return true;
	case CFA_VAL_OFFSET:
	case CFA_VAL_OFFSET_SF:
		tell(row, number, UNWIND_ELSEWHERE, 0);
		unwind_unsigned(program);
		return true;
	case CFA_VAL_EXPRESSION:
		tell(row, number, UNWIND_ELSEWHERE, 0);
		unwind_part(program, unwind_unsigned(program));
		return true;
	default:
		return false;
	}
}

/* Runs PROGRAM until its row is that of ADDRESS. */
static bool run(struct machine *machine, struct unwind_bytes program, uint64_t address)
{
	while (!program.bad && program.at < program.end) {
		uint8_t instruction = unwind_byte(&program);

		if (apply_advance_op(machine, instruction, &program)) {
			if (machine->location > address)
				return !program.bad;
		} else if (!apply_row_op(machine, instruction, &program)) {
			return false;
		}
	}
	return !program.bad;
}

bool unwind_program_run(const struct unwind_entry *entry, uint64_t address, struct unwind_row *row)
{
	struct machine machine = {
		.entry = entry,
		.location = entry->start,
		.row = { .cfa.where = UNWIND_ELSEWHERE, .back.where = UNWIND_ELSEWHERE },
	};

	if (entry->return_column != RETURN_COLUMN || !run(&machine, entry->common_program, address))
		return false;
	machine.initial = machine.row;
	if (!run(&machine, entry->program, address))
		return false;
	*row = machine.row;
	return true;
}
