/* SPDX-License-Identifier: MIT */
/*
 * How to step from one frame of a stack to its caller, remembered for each place in the code: one
 * table for the whole process, so that a new thread starts warm. No locks. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_RULES_H
#define FINLEAK_UNWIND_RULES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * CFA: the canonical frame address, what the stack pointer is once the frame has returned. The
 * return address lies in the 8 bytes below it.
 */
enum unwind_kind {
	UNWIND_BY_SP = 1,  /* CFA = stack pointer + cfa */
	UNWIND_BY_FP,      /* CFA = frame pointer + cfa */
	UNWIND_BY_FP_SLOT, /* CFA stands at frame pointer + cfa: the frame realigned its stack */
	UNWIND_SIGNAL,     /* a signal's frame: the stack pointer points to its ucontext */
	UNWIND_OUTERMOST,  /* nobody called this code */
	UNWIND_NO_INFORMATION, /* there is no unwind information */
	UNWIND_INTRICATE,      /* its unwind information needs more than a short rule */
	UNWIND_MISLEADING,     /* it is damaged, or can't be followed */
};

struct unwind_rule {
	enum unwind_kind kind;
	int32_t cfa; /* bytes */
	/*
	 * Where the caller's frame pointer was saved: bytes from the CFA, below it (from the frame
	 * pointer, for UNWIND_BY_FP_SLOT). Or UNWIND_FP_KEPT, UNWIND_FP_LOST.
	 */
	int32_t fp;
};

#define UNWIND_FP_KEPT 1 /* no multiple of 8, as places are */
#define UNWIND_FP_LOST 2

/* One place in the table. */
struct unwind_slot {
	uint64_t address; /* 0: free */
	uint64_t rule;    /* packed; 0: not stored yet */
};

/*
 * Those within 16 KiB of code share a page of 256 slots, so that a stack costs few page faults (0.7
 * us each) and few entries of the TLB.
 */
#define UNWIND_PAGE_BITS 7
#define UNWIND_SLOT_BITS 8 /* in a page */
#define UNWIND_NEAR_BITS 14
#define UNWIND_SLOTS     (1u << (UNWIND_PAGE_BITS + UNWIND_SLOT_BITS))

extern struct unwind_slot *unwind_slots;
extern uint32_t unwind_generation;

/* Maps the table: 512 KiB of address space, of which is touched what is used. *Start-up only.* */
bool unwind_rules_start(void);

/*
 * Which code is loaded, as a number: ask before the rule is worked out, and give it when it is
 * stored. What was stored for older ones is no longer found.
 */
static inline uint32_t unwind_rules_generation(void)
{
	return __atomic_load_n(&unwind_generation, __ATOMIC_ACQUIRE);
}

/* Where the search for ADDRESS begins. */
static inline struct unwind_slot *unwind_first_slot(uint64_t address)
{
	uint64_t page =
		(address >> UNWIND_NEAR_BITS) * 0x9e3779b97f4a7c15ull >> (64 - UNWIND_PAGE_BITS);
	uint64_t slot = (address ^ address >> 6) & ((1 << UNWIND_SLOT_BITS) - 1);

	return &unwind_slots[page << UNWIND_SLOT_BITS | slot];
}

/* As unwind_rules_find(), where the address is not in its first slot. */
uint64_t unwind_rules_search(uint64_t address);

/*
 * What was stored for ADDRESS, packed (unwind_rule_of() reads it), or 0. Addresses are those of
 * instructions: of a call, not of where it returns to.
 */
static inline uint64_t unwind_rules_find(uint64_t address)
{
	const struct unwind_slot *slot = unwind_first_slot(address);
	uint64_t rule;

	if (__builtin_expect(__atomic_load_n(&slot->address, __ATOMIC_RELAXED) != address, 0))
		return unwind_rules_search(address);
	rule = __atomic_load_n(&slot->rule, __ATOMIC_RELAXED);
	return rule >> 40 == unwind_rules_generation() ? rule : 0;
}

/*
 * Stores RULE for ADDRESS. Does nothing where the table has no room (it never makes any) or the
 * rule's numbers are too large for it.
 */
void unwind_rules_store(uint64_t address, uint32_t generation, const struct unwind_rule *rule);

/* Code was unloaded. */
void unwind_rules_forget(void);

/* How many rules were not stored. */
uint64_t unwind_rules_lost(void);

/* The layout of a packed rule: generation 24 bits, cfa 24, fp 12 (in units of 8 bytes), kind 4. */
static inline struct unwind_rule unwind_rule_of(uint64_t packed)
{
	int32_t fp = (int32_t)((int64_t)(packed << 48) >> 52);

	return (struct unwind_rule){
		.kind = (enum unwind_kind)(packed & 15),
		.cfa = (int32_t)((int64_t)(packed << 24) >> 40),
		.fp = fp < 0 ? fp * 8 : fp,
	};
}

#endif
