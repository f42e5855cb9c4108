/* SPDX-License-Identifier: MIT */
/*
 * The functions of one unit of debug information by address, and the blocks and inlined functions
 * in each: made once, in one walk over the unit, so that an address costs two searches and no walk.
 */
#ifndef FINLEAK_FUNCTION_INDEX_H
#define FINLEAK_FUNCTION_INDEX_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

struct function_index;

/* The index of UNIT (its own entry). Never NULL; empty where nothing can be read. */
struct function_index *function_index_new(Dwarf_Die *unit);
void function_index_free(struct function_index *index);

/*
 * The function that covers PC and those inlined into it there: their entries in CHAIN, outermost
 * first, at most MAX; the innermost of more are left out. Returns how many; 0: no function covers
 * it.
 */
size_t function_index_find(struct function_index *index, Dwarf_Addr pc, Dwarf_Die *chain,
			   size_t max);

/* The call that returns to PC, in the function that covers what precedes it; false: unknown. */
bool function_index_call(struct function_index *index, Dwarf_Addr pc, Dwarf_Die *call);

/* A call that is the last thing its function does: a jump, which leaves no frame. */
struct tail_call_entry {
	Dwarf_Die die;
	Dwarf_Addr pc; /* in the jump, or where a call in its place would return to */
};

/* Those of the function that covers PC, at most MAX. Returns how many. */
size_t function_index_tail_calls(struct function_index *index, Dwarf_Addr pc,
				 struct tail_call_entry *list, size_t max);

#endif
