/* SPDX-License-Identifier: MIT */
/*
 * Runs the programs of an unwind entry (DWARF's call frame instructions): they stand for a table
 * with a row for each stretch of code, and a column for each register. x86_64. Lock-free, without
 * allocation, about 0.7 KiB of stack. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_PROGRAM_H
#define FINLEAK_UNWIND_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/unwind/unwind_tables.h"

/* How the caller's register, or the CFA, is to be had. */
enum unwind_where {
	UNWIND_KEPT,        /* unchanged: registers of which nothing is said */
	UNWIND_UNDEFINED,   /* lost */
	UNWIND_AT_CFA,      /* saved at CFA + number */
	UNWIND_AT_FP,       /* saved at frame pointer + number */
	UNWIND_AT_SP,       /* saved at stack pointer + number */
	UNWIND_IS_SP,       /* the CFA: stack pointer + number */
	UNWIND_IS_FP,       /* the CFA: frame pointer + number */
	UNWIND_IN_REGISTER, /* kept in another register */
	UNWIND_ELSEWHERE,   /* by something that is not followed here */
};

struct unwind_place {
	enum unwind_where where;
	int64_t number; /* bytes */
};

/* Of the table's columns those that a rule needs. */
struct unwind_row {
	struct unwind_place cfa;
	struct unwind_place fp;
	struct unwind_place back; /* the return address */
	uint64_t cfa_register;    /* the last that the CFA was told by */
	bool cfa_is_common;       /* not followed here, but as compilers and linkers write it */
	bool sp_is_told;          /* it is the CFA where nothing is said */
};

/*
 * The row of ENTRY for the instruction at ADDRESS into *row. False: there are instructions that are
 * not known, or the programs are broken.
 */
bool unwind_program_run(const struct unwind_entry *entry, uint64_t address, struct unwind_row *row);

#endif
