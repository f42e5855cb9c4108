/* SPDX-License-Identifier: MIT */
/*
 * Interned stacks: each distinct stack is stored once and known by a number. Whoever takes stacks
 * hands their frames in. Signal-safe, any thread; LEDGER has a recording.
 */
#ifndef FINLEAK_STACK_TABLE_H
#define FINLEAK_STACK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* The id of the stack with these FRAMES return addresses, or 0: it is not known yet. */
uint32_t stack_find(const struct ledger *ledger, const uint64_t *pc, size_t frames);

/*
 * The id of that stack, which is stored where it is new. What its addresses mean must be in the
 * module table by now, under sequence SEQ; CUT: it has more frames. 0: there is no room.
 */
uint32_t stack_add(struct ledger *ledger, const uint64_t *pc, size_t frames, bool cut,
		   uint32_t seq);

/*
 * Modules have come or gone: stacks with an address for which MOVED returns true are not the same
 * as equal ones taken from now on. True where that is news for one of them. Reads all stacks; not
 * signal-safe.
 */
bool stack_table_retire(struct ledger *ledger,
			bool (*moved)(const struct ledger *ledger, uint64_t pc, uint32_t seq));

#endif
