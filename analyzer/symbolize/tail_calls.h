/* SPDX-License-Identifier: MIT */
/*
 * Functions that are missing from stacks: at the end of its work one jumps to another (`return
 * send(...);`, optimised), which then returns to the caller of both. The caller's debug information
 * names the function that it has called, and that one's the calls that it ends with.
 */
#ifndef FINLEAK_TAIL_CALLS_H
#define FINLEAK_TAIL_CALLS_H

#include "analyzer/symbolize/code_units.h"
#include "analyzer/symbolize/symbol_table.h"

/* Where a function ends in more ways than these, none of them is named. */
#define TAIL_CALLS_MAX 8u

/* One call that the function of FRAME ends with, at its line. */
struct tail_call {
	struct code_frame frame;
	Dwarf_Addr address; /* in that function, as Dwfl counts */
	Dwarf_Addr callee;  /* where what it calls begins; 0: in another module, or unknown */
};

/*
 * The tail calls of the function that was called at what precedes return address ADDRESS of UNITS,
 * at most TAIL_CALLS_MAX, in LIST. Returns how many; 0: it has none, or too many, or is unknown.
 */
size_t tail_calls_of(struct code_units *units, struct symbol_table *symbols, Dwarf_Addr address,
		     struct tail_call *list);

#endif
