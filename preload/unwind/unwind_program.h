/* SPDX-License-Identifier: MIT */
/*
 * Runs the programs of an unwind entry (DWARF's call frame instructions): they stand for a table
 * with a row for each stretch of code, and a column for each register. x86_64. Lock-free, without
 * allocation, about 0.8 KiB of stack. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_PROGRAM_H
#define FINLEAK_UNWIND_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/unwind/unwind_entry.h"

/* x86_64's numbers of registers in DWARF. */
enum unwind_register {
	UNWIND_RBX = 3,
	UNWIND_FP = 6,
	UNWIND_SP = 7,
	UNWIND_R12 = 12,
	UNWIND_R13,
	UNWIND_R14,
	UNWIND_R15,
	UNWIND_PC,
	UNWIND_REGISTERS,
};

/* A frame's registers, by their numbers in DWARF. */
struct unwind_values {
	uint64_t value[UNWIND_REGISTERS];
	uint32_t known; /* bits: the others are lost */
};

static inline bool unwind_knows(const struct unwind_values *registers, unsigned int number)
{
	return registers->known >> number & 1;
}

static inline void unwind_set(struct unwind_values *registers, unsigned int number, uint64_t value)
{
	registers->value[number] = value;
	registers->known |= 1u << number;
}

/* May code lie at PC? A program's own addresses, without the first page. */
static inline bool unwind_is_code(uint64_t pc)
{
	return pc - 4096 < (1ull << 47) - 4096;
}

/* Where the caller's register, or the CFA, is found. A register's value is the callee's. */
enum unwind_where {
	UNWIND_KEPT,          /* unchanged: registers that no rule names */
	UNWIND_UNDEFINED,     /* lost */
	UNWIND_AT_CFA,        /* saved at CFA + number */
	UNWIND_IS_CFA,        /* CFA + number itself */
	UNWIND_AT_REGISTER,   /* saved at a register + number */
	UNWIND_IS_REGISTER,   /* a register + number itself */
	UNWIND_AT_EXPRESSION, /* saved at the place that an expression works out */
	UNWIND_IS_EXPRESSION, /* what an expression works out */
	UNWIND_ELSEWHERE,     /* by something that is not followed here */
};

struct unwind_place {
	uint8_t where;   /* enum unwind_where */
	uint8_t base;    /* the register */
	uint16_t length; /* of the expression, in bytes */
	int32_t number;  /* bytes; where the expression begins, from the entry's program */
};

/* Is the value stored at the place, or is it the place itself? */
static inline bool unwind_is_stored(const struct unwind_place *place)
{
	return place->where == UNWIND_AT_CFA || place->where == UNWIND_AT_REGISTER ||
	       place->where == UNWIND_AT_EXPRESSION;
}

/* Registers that a callee keeps, the stack pointer and the return address: a row's columns. */
enum unwind_column {
	UNWIND_COLUMN_RBX,
	UNWIND_COLUMN_FP,
	UNWIND_COLUMN_SP,
	UNWIND_COLUMN_R12,
	UNWIND_COLUMN_R13,
	UNWIND_COLUMN_R14,
	UNWIND_COLUMN_R15,
	UNWIND_COLUMN_PC, /* the return address */
	UNWIND_COLUMNS,
};

/* The table's row: the rules for the CFA and for each column. */
struct unwind_row {
	struct unwind_place cfa;
	struct unwind_place columns[UNWIND_COLUMNS];
	bool cfa_is_of_plt;         /* by the expression that linkers write for PLT entries */
	bool has_other_expressions; /* for registers that have no column */
};

/* The register that COLUMN stands for. */
enum unwind_register unwind_register_of(enum unwind_column column);

/*
 * Where PLACE is, by REGISTERS and the CFA (NULL: it is the CFA that is asked for), into *value.
 * False: they do not lead there, or only an expression does.
 */
bool unwind_place_of(const struct unwind_place *place, const struct unwind_values *registers,
		     const uint64_t *cfa, uint64_t *value);

/* The expression of PLACE, which is one of ENTRY's. */
struct unwind_bytes unwind_expression_of(const struct unwind_entry *entry,
					 const struct unwind_place *place);

/*
 * The row of ENTRY for the instruction at ADDRESS into *row. False: there are instructions that are
 * not known, or the programs are broken.
 */
bool unwind_program_run(const struct unwind_entry *entry, uint64_t address, struct unwind_row *row);

#endif
