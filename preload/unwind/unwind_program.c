/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_program.h"

#include <stddef.h>

#define REMEMBERED_MAX 4 /* compilers nest 1 deep */

struct machine {
	const struct unwind_entry *entry;
	uint64_t location; /* where the row begins that is being made */
	struct unwind_row row;
	struct unwind_row initial; /* as the common program leaves it */
	struct unwind_row remembered[REMEMBERED_MAX];
	unsigned int depth;
};

/* DW_OP_* of the forms of expression that are read here. */
#define OP_DEREF 0x06
#define OP_BREG0 0x70

enum unwind_register unwind_register_of(enum unwind_column column)
{
	static const uint8_t registers[UNWIND_COLUMNS] = {
		[UNWIND_COLUMN_RBX] = UNWIND_RBX, [UNWIND_COLUMN_FP] = UNWIND_FP,
		[UNWIND_COLUMN_SP] = UNWIND_SP,   [UNWIND_COLUMN_R12] = UNWIND_R12,
		[UNWIND_COLUMN_R13] = UNWIND_R13, [UNWIND_COLUMN_R14] = UNWIND_R14,
		[UNWIND_COLUMN_R15] = UNWIND_R15, [UNWIND_COLUMN_PC] = UNWIND_PC,
	};

	return registers[column];
}

bool unwind_place_of(const struct unwind_place *place, const struct unwind_values *registers,
		     const uint64_t *cfa, uint64_t *value)
{
	switch ((enum unwind_where)place->where) {
	case UNWIND_AT_CFA:
	case UNWIND_IS_CFA:
		if (!cfa)
			return false;
		*value = *cfa + (uint64_t)(int64_t)place->number;
		return true;
	case UNWIND_AT_REGISTER:
	case UNWIND_IS_REGISTER:
		if (!unwind_knows(registers, place->base))
			return false;
		*value = registers->value[place->base] + (uint64_t)(int64_t)place->number;
		return true;
	default:
		return false;
	}
}

struct unwind_bytes unwind_expression_of(const struct unwind_entry *entry,
					 const struct unwind_place *place)
{
	const uint8_t *start = entry->program.at + place->number;

	return (struct unwind_bytes){ .at = start, .end = start + place->length };
}

/* The rule of a row for register NUMBER; NULL: a row has none. */
static struct unwind_place *column(struct unwind_row *row, uint64_t number)
{
	unsigned int i;

	for (i = 0; i < UNWIND_COLUMNS; i++)
		if (unwind_register_of(i) == number)
			return &row->columns[i];
	return NULL;
}

static struct unwind_place place_of(enum unwind_where where, uint64_t base, int64_t number)
{
	if (number != (int32_t)number || base >= UNWIND_REGISTERS)
		return (struct unwind_place){ .where = UNWIND_ELSEWHERE };
	return (struct unwind_place){ .where = where, .base = base, .number = (int32_t)number };
}

static void set(struct unwind_row *row, uint64_t number, enum unwind_where where, uint64_t base,
		int64_t place)
{
	struct unwind_place *changed = column(row, number);

	if (changed)
		*changed = place_of(where, base, place);
}

static void restore(struct machine *machine, uint64_t number)
{
	const struct unwind_place *before = column(&machine->initial, number);
	struct unwind_place *changed = column(&machine->row, number);

	if (changed)
		*changed = *before;
}

/* Is EXPRESSION a register plus a number, dereferenced if DEREF, and nothing else? */
static bool is_sum(struct unwind_bytes expression, bool deref, uint8_t *base, int64_t *number)
{
	*base = (uint8_t)(unwind_byte(&expression) - OP_BREG0);
	*number = unwind_signed(&expression);
	if (*base >= UNWIND_REGISTERS || (deref && unwind_byte(&expression) != OP_DEREF))
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

/* The next instruction's EXPRESSION as a place: simple ones are read at once. */
static struct unwind_place expression_place(const struct machine *machine,
					    struct unwind_bytes expression, bool is_value)
{
	int64_t start = expression.at - machine->entry->program.at, number;
	size_t length = (size_t)(expression.end - expression.at);
	struct unwind_place place;
	uint8_t base;

	if (expression.bad || length > UINT16_MAX)
		return (struct unwind_place){ .where = UNWIND_ELSEWHERE };
	if (is_sum(expression, false, &base, &number))
		return place_of(is_value ? UNWIND_IS_REGISTER : UNWIND_AT_REGISTER, base, number);
	if (is_value && is_sum(expression, true, &base, &number))
		return place_of(UNWIND_AT_REGISTER, base, number);
	place = place_of(is_value ? UNWIND_IS_EXPRESSION : UNWIND_AT_EXPRESSION, 0, start);
	place.length = (uint16_t)length;
	return place;
}

static void set_expression(struct machine *machine, uint64_t number, bool is_value,
			   struct unwind_bytes expression)
{
	struct unwind_place *changed = column(&machine->row, number);

	if (changed)
		*changed = expression_place(machine, expression, is_value);
	else
		machine->row.has_other_expressions = true;
}

static void set_cfa(struct unwind_row *row, uint64_t base, int64_t number)
{
	row->cfa = place_of(UNWIND_IS_REGISTER, base, number);
	row->cfa_is_of_plt = false;
}

/* An instruction that changes only half of the rule must find a rule of that kind. */
static bool is_by_register(const struct unwind_row *row)
{
	return row->cfa.where == UNWIND_IS_REGISTER;
}

static bool set_cfa_base(struct unwind_row *row, uint64_t base)
{
	set_cfa(row, is_by_register(row) ? base : UNWIND_REGISTERS, row->cfa.number);
	return true;
}

static bool set_cfa_number(struct unwind_row *row, int64_t number)
{
	set_cfa(row, is_by_register(row) ? row->cfa.base : UNWIND_REGISTERS, number);
	return true;
}

static void set_cfa_expression(struct machine *machine, struct unwind_bytes expression)
{
	machine->row.cfa = expression_place(machine, expression, true);
	machine->row.cfa_is_of_plt = is_of_plt(expression);
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

/* Where the next row begins, if INSTRUCTION begins one. */
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

/* NUMBER times UNIT, modulo 2^64: what is in the file need make no sense. */
static int64_t in_units(uint64_t number, int64_t unit)
{
	return (int64_t)(number * (uint64_t)unit);
}

/* Changes the row by an instruction that begins with register NUMBER. */
static bool apply_register_op(struct machine *machine, uint8_t instruction, uint64_t number,
			      struct unwind_bytes *program)
{
	int64_t unit = machine->entry->place_unit;
	struct unwind_row *row = &machine->row;

	switch (instruction) {
	case CFA_DEF_CFA:
		set_cfa(row, number, (int64_t)unwind_unsigned(program));
		return true;
	case CFA_DEF_CFA_SF:
		set_cfa(row, number, in_units((uint64_t)unwind_signed(program), unit));
		return true;
	case CFA_DEF_CFA_REGISTER:
		return set_cfa_base(row, number);
	case CFA_OFFSET_EXTENDED:
		set(row, number, UNWIND_AT_CFA, 0, in_units(unwind_unsigned(program), unit));
		return true;
	case CFA_OFFSET_EXTENDED_SF:
		set(row, number, UNWIND_AT_CFA, 0,
		    in_units((uint64_t)unwind_signed(program), unit));
		return true;
	case CFA_GNU_NEGATIVE_OFFSET_EXTENDED:
		set(row, number, UNWIND_AT_CFA, 0, in_units(0 - unwind_unsigned(program), unit));
		return true;
	case CFA_RESTORE_EXTENDED:
		restore(machine, number);
		return true;
	case CFA_UNDEFINED:
		set(row, number, UNWIND_UNDEFINED, 0, 0);
		return true;
	case CFA_SAME_VALUE:
		set(row, number, UNWIND_KEPT, 0, 0);
		return true;
	case CFA_REGISTER:
		set(row, number, UNWIND_IS_REGISTER, unwind_unsigned(program), 0);
		return true;
	case CFA_VAL_OFFSET:
		set(row, number, UNWIND_IS_CFA, 0, in_units(unwind_unsigned(program), unit));
		return true;
	case CFA_VAL_OFFSET_SF:
		set(row, number, UNWIND_IS_CFA, 0,
		    in_units((uint64_t)unwind_signed(program), unit));
		return true;
	case CFA_EXPRESSION:
	case CFA_VAL_EXPRESSION:
		set_expression(machine, number, instruction == CFA_VAL_EXPRESSION,
			       unwind_part(program, unwind_unsigned(program)));
		return true;
	default:
		return false;
	}
}

/* Changes the row. False: an instruction that is not known. */
static bool apply_row_op(struct machine *machine, uint8_t instruction, struct unwind_bytes *program)
{
	int64_t unit = machine->entry->place_unit;

	switch (instruction & 0xc0) {
	case CFA_OFFSET:
		set(&machine->row, instruction & 0x3f, UNWIND_AT_CFA, 0,
		    in_units(unwind_unsigned(program), unit));
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
		return set_cfa_number(&machine->row, (int64_t)unwind_unsigned(program));
	case CFA_DEF_CFA_OFFSET_SF:
		return set_cfa_number(&machine->row,
				      in_units((uint64_t)unwind_signed(program), unit));
	case CFA_DEF_CFA_EXPRESSION:
		set_cfa_expression(machine, unwind_part(program, unwind_unsigned(program)));
		return true;
	default:
		return apply_register_op(machine, instruction, unwind_unsigned(program), program);
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
		.row.cfa.where = UNWIND_ELSEWHERE,
		.row.columns[UNWIND_COLUMN_PC].where = UNWIND_ELSEWHERE,
		.row.columns[UNWIND_COLUMN_SP].where = UNWIND_IS_CFA,
	};

	if (entry->return_column != UNWIND_PC || !run(&machine, entry->common_program, address))
		return false;
	machine.initial = machine.row;
	if (!run(&machine, entry->program, address))
		return false;
	*row = machine.row;
	return true;
}
