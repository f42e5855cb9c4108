/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_expression.h"

#if defined(__x86_64__)

#define DEPTH_MAX 16  /* compilers and linkers need 4 */
#define STEPS_MAX 256 /* jumps back are loops */

/* DW_OP_*. */
enum operation {
	OP_ADDR = 0x03,
	OP_DEREF = 0x06,
	OP_CONST1U = 0x08,
	OP_CONST1S,
	OP_CONST2U,
	OP_CONST2S,
	OP_CONST4U,
	OP_CONST4S,
	OP_CONST8U,
	OP_CONST8S,
	OP_CONSTU,
	OP_CONSTS,
	OP_DUP,
	OP_DROP,
	OP_OVER,
	OP_PICK,
	OP_SWAP,
	OP_ROT,
	OP_ABS = 0x19,
	OP_AND,
	OP_DIV,
	OP_MINUS,
	OP_MOD,
	OP_MUL,
	OP_NEG,
	OP_NOT,
	OP_OR,
	OP_PLUS,
	OP_PLUS_UCONST,
	OP_SHL,
	OP_SHR,
	OP_SHRA,
	OP_XOR,
	OP_BRA,
	OP_EQ,
	OP_GE,
	OP_GT,
	OP_LE,
	OP_LT,
	OP_NE,
	OP_SKIP,
	OP_LIT0,
	OP_BREG0 = 0x70,
	OP_BREG31 = 0x8f,
	OP_BREGX = 0x92,
	OP_DEREF_SIZE = 0x94,
	OP_NOP = 0x96,
};

struct machine {
	struct unwind_bytes rest;
	const uint8_t *start;
	const struct unwind_values *registers;
	struct unwind_bounds *bounds;
	uint64_t stack[DEPTH_MAX];
	unsigned int depth;
	bool bad; /* something was asked for that is not there: the result is nobody's */
};

static void push(struct machine *machine, uint64_t value)
{
	if (machine->depth == DEPTH_MAX)
		machine->bad = true;
	else
		machine->stack[machine->depth++] = value;
}

static uint64_t pop(struct machine *machine)
{
	if (machine->depth == 0) {
		machine->bad = true;
		return 0;
	}
	return machine->stack[--machine->depth];
}

/* The value INDEX below the top. */
static void pick(struct machine *machine, unsigned int index)
{
	if (index >= machine->depth)
		machine->bad = true;
	else
		push(machine, machine->stack[machine->depth - 1 - index]);
}

static void push_register(struct machine *machine, uint64_t number)
{
	int64_t offset = unwind_signed(&machine->rest);

	if (number >= UNWIND_REGISTERS || !unwind_knows(machine->registers, (unsigned int)number))
		machine->bad = true;
	else
		push(machine, machine->registers->value[number] + (uint64_t)offset);
}

static void dereference(struct machine *machine, unsigned int size)
{
	uint64_t value = 0;

	if ((size != 1 && size != 2 && size != 4 && size != 8) ||
	    !unwind_bounds_read(machine->bounds, pop(machine), size, &value))
		machine->bad = true;
	push(machine, value);
}

static void jump(struct machine *machine, bool taken)
{
	int64_t distance = (int16_t)unwind_number(&machine->rest, 2);

	if (!taken || machine->rest.bad)
		return;
	if (distance < machine->start - machine->rest.at ||
	    distance > machine->rest.end - machine->rest.at)
		machine->bad = true;
	else
		machine->rest.at += distance;
}

static bool push_constant(struct machine *machine, uint8_t operation)
{
	struct unwind_bytes *rest = &machine->rest;

	switch (operation) {
	case OP_ADDR:
	case OP_CONST8U:
	case OP_CONST8S:
		push(machine, unwind_number(rest, 8));
		return true;
	case OP_CONST1U:
		push(machine, unwind_number(rest, 1));
		return true;
	case OP_CONST1S:
		push(machine, (uint64_t)(int8_t)unwind_number(rest, 1));
		return true;
	case OP_CONST2U:
		push(machine, unwind_number(rest, 2));
		return true;
	case OP_CONST2S:
		push(machine, (uint64_t)(int16_t)unwind_number(rest, 2));
		return true;
	case OP_CONST4U:
		push(machine, unwind_number(rest, 4));
		return true;
	case OP_CONST4S:
		push(machine, (uint64_t)(int32_t)unwind_number(rest, 4));
		return true;
	case OP_CONSTU:
		push(machine, unwind_unsigned(rest));
		return true;
	case OP_CONSTS:
		push(machine, (uint64_t)unwind_signed(rest));
		return true;
	default:
		return false;
	}
}

/* Operations on the two uppermost values. Division by nothing gives nothing. */
static bool combine(struct machine *machine, uint8_t operation)
{
	uint64_t second, first;
	int64_t a, b;

	if (operation < OP_AND || operation > OP_NE || operation == OP_NEG || operation == OP_NOT ||
	    operation == OP_PLUS_UCONST || operation == OP_BRA)
		return false;
	second = pop(machine);
	first = pop(machine);
	a = (int64_t)first;
	b = (int64_t)second;
	switch (operation) {
	case OP_AND:
		push(machine, first & second);
		return true;
	case OP_DIV:
		push(machine, b == 0 ? 0 : b == -1 ? 0 - first : (uint64_t)(a / b));
		return true;
	case OP_MINUS:
		push(machine, first - second);
		return true;
	case OP_MOD:
		push(machine, second ? first % second : 0);
		return true;
	case OP_MUL:
		push(machine, first * second);
		return true;
	case OP_OR:
		push(machine, first | second);
		return true;
	case OP_PLUS:
		push(machine, first + second);
		return true;
	case OP_SHL:
		push(machine, second < 64 ? first << second : 0);
		return true;
	case OP_SHR:
		push(machine, second < 64 ? first >> second : 0);
		return true;
	case OP_SHRA:
		push(machine, (uint64_t)(a >> (second < 64 ? second : 63)));
		return true;
	case OP_XOR:
		push(machine, first ^ second);
		return true;
	case OP_EQ:
		push(machine, a == b);
		return true;
	case OP_GE:
		push(machine, a >= b);
		return true;
	case OP_GT:
		push(machine, a > b);
		return true;
	case OP_LE:
		push(machine, a <= b);
		return true;
	case OP_LT:
		push(machine, a < b);
		return true;
	default: /* OP_NE */
		push(machine, a != b);
		return true;
	}
}

static void arrange(struct machine *machine, uint8_t operation)
{
	uint64_t first, second, third;

	switch (operation) {
	case OP_DUP:
		pick(machine, 0);
		return;
	case OP_DROP:
		pop(machine);
		return;
	case OP_OVER:
		pick(machine, 1);
		return;
	case OP_PICK:
		pick(machine, unwind_byte(&machine->rest));
		return;
	case OP_SWAP:
		first = pop(machine);
		second = pop(machine);
		push(machine, first);
		push(machine, second);
		return;
	default: /* OP_ROT */
		first = pop(machine);
		second = pop(machine);
		third = pop(machine);
		push(machine, first);
		push(machine, third);
		push(machine, second);
		return;
	}
}

static void change(struct machine *machine, uint8_t operation)
{
	uint64_t value;

	switch (operation) {
	case OP_NOP:
		return;
	case OP_DEREF:
		dereference(machine, 8);
		return;
	case OP_DEREF_SIZE:
		dereference(machine, unwind_byte(&machine->rest));
		return;
	case OP_ABS:
		value = pop(machine);
		push(machine, (int64_t)value < 0 ? 0 - value : value);
		return;
	case OP_NEG:
		push(machine, 0 - pop(machine));
		return;
	case OP_NOT:
		push(machine, ~pop(machine));
		return;
	case OP_PLUS_UCONST:
		value = pop(machine);
		push(machine, value + unwind_unsigned(&machine->rest));
		return;
	case OP_SKIP:
		jump(machine, true);
		return;
	case OP_BRA:
		jump(machine, pop(machine) != 0);
		return;
	case OP_BREGX:
		push_register(machine, unwind_unsigned(&machine->rest));
		return;
	default:
		machine->bad = true;
	}
}

static void execute(struct machine *machine)
{
	uint8_t operation = unwind_byte(&machine->rest);

	if (operation >= OP_LIT0 && operation < OP_LIT0 + 32)
		push(machine, operation - OP_LIT0);
	else if (operation >= OP_BREG0 && operation <= OP_BREG31)
		push_register(machine, operation - OP_BREG0);
	else if (operation >= OP_DUP && operation <= OP_ROT)
		arrange(machine, operation);
	else if (!push_constant(machine, operation) && !combine(machine, operation))
		change(machine, operation);
}

bool unwind_evaluate(struct unwind_bytes expression, const struct unwind_values *registers,
		     struct unwind_bounds *bounds, const uint64_t *before, uint64_t *result)
{
	struct machine machine = {
		.rest = expression,
		.start = expression.at,
		.registers = registers,
		.bounds = bounds,
	};
	unsigned int steps;

	if (before)
		push(&machine, *before);
	for (steps = 0; machine.rest.at < machine.rest.end; steps++) {
		if (steps == STEPS_MAX)
			return false;
		execute(&machine);
		if (machine.bad || machine.rest.bad)
			return false;
	}
	*result = pop(&machine);
	return !machine.bad;
}

#endif
