/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_cfi.h"

#if defined(__x86_64__)

#include <stddef.h>
#include <ucontext.h>
#include "preload/platform/readable.h"
#include "preload/unwind/unwind_program.h"
#include "preload/unwind/unwind_tables.h"

#define RETURN_ADDRESS (-8) /* from the CFA: the call pushed it */
#define SIGNAL_SP      ((int64_t)offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]))

static bool fits(int64_t number)
{
	return number >= INT32_MIN / 2 && number <= INT32_MAX / 2;
}

/* Where the caller's frame pointer is, given the rule for the CFA. False: not by a short rule. */
static bool frame_pointer_of(const struct unwind_place *fp, struct unwind_rule *rule)
{
	int64_t number = fp->number;

	switch (fp->where) {
	case UNWIND_KEPT:
		rule->fp = UNWIND_FP_KEPT;
		return true;
	case UNWIND_UNDEFINED:
		rule->fp = UNWIND_FP_LOST;
		return true;
	case UNWIND_AT_CFA:
		if (rule->kind == UNWIND_BY_FP_SLOT)
			return false;
		break;
	case UNWIND_AT_REGISTER:
		if (fp->base != UNWIND_FP)
			return false;
		if (rule->kind == UNWIND_BY_FP)
			number -= rule->cfa;
		else if (rule->kind != UNWIND_BY_FP_SLOT)
			return false;
		break;
	default:
		return false;
	}
	/* Where the CFA points, the caller's frame begins. */
	if (!fits(number) || number % 8 || number > 0 ||
	    (number == 0 && rule->kind != UNWIND_BY_FP_SLOT))
		return false;
	rule->fp = (int32_t)number;
	return true;
}

static bool is_at_cfa(const struct unwind_place *place, int64_t number)
{
	return place->where == UNWIND_AT_CFA && place->number == number;
}

static bool is_sp_the_cfa(const struct unwind_row *row)
{
	const struct unwind_place *sp = &row->columns[UNWIND_COLUMN_SP];

	return sp->where == UNWIND_IS_CFA && sp->number == 0;
}

/* By a short rule, or 0. */
static enum unwind_kind kind_of(const struct unwind_row *row, const struct unwind_entry *entry)
{
	if (entry->is_signal || !is_sp_the_cfa(row) || !fits(row->cfa.number) ||
	    !is_at_cfa(&row->columns[UNWIND_COLUMN_PC], RETURN_ADDRESS))
		return 0;
	if (row->cfa.where == UNWIND_IS_REGISTER && row->cfa.base == UNWIND_SP)
		return UNWIND_BY_SP;
	if (row->cfa.where == UNWIND_IS_REGISTER && row->cfa.base == UNWIND_FP)
		return UNWIND_BY_FP;
	if (row->cfa.where == UNWIND_AT_REGISTER && row->cfa.base == UNWIND_FP)
		return UNWIND_BY_FP_SLOT;
	return 0;
}

static struct unwind_rule rule_of(const struct unwind_row *row, const struct unwind_entry *entry)
{
	const struct unwind_place *back = &row->columns[UNWIND_COLUMN_PC];
	struct unwind_rule rule = { .kind = kind_of(row, entry), .cfa = row->cfa.number };

	if (rule.kind && frame_pointer_of(&row->columns[UNWIND_COLUMN_FP], &rule))
		return rule;
	if (back->where == UNWIND_UNDEFINED)
		return (struct unwind_rule){ .kind = UNWIND_OUTERMOST };
	/* In a signal's frame all is in the ucontext, that the stack pointer points to. */
	if (entry->is_signal && row->cfa.where == UNWIND_AT_REGISTER &&
	    row->cfa.base == UNWIND_SP && row->cfa.number == SIGNAL_SP)
		return (struct unwind_rule){ .kind = UNWIND_SIGNAL };
	if (back->where == UNWIND_ELSEWHERE || row->cfa.where == UNWIND_ELSEWHERE)
		return (struct unwind_rule){ .kind = UNWIND_MISLEADING };
	return (struct unwind_rule){ .kind = UNWIND_INTRICATE };
}

/*
 * Where a signal handler returns to, in a libc that has no unwind information for it: mov $15,
 * %rax; syscall. Code may lie in a hole of its object, where the address is not one of code at all.
 */
static bool is_signal_return(uint64_t pc)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 };

	return readable(pc) && readable(pc + sizeof(code) - 1) &&
	       __builtin_memcmp((const void *)pc, code, sizeof(code)) == 0;
}

/*
 * Does a function begin at PC, right behind code without unwind information? No call returns there:
 * somebody wrote it down as a return address, as makecontext() does below the first frame.
 */
static bool is_made_up(uint64_t pc)
{
	struct unwind_entry entry;

	return unwind_tables_find(pc, &entry) == UNWIND_FOUND && entry.start == pc;
}

struct unwind_rule unwind_cfi_rule(uint64_t address, bool *lasting)
{
	struct unwind_entry entry;
	struct unwind_row row;

	*lasting = true;
	switch (unwind_tables_find(address, &entry)) {
	case UNWIND_FOUND:
		if (unwind_program_run(&entry, address, &row))
			return rule_of(&row, &entry);
		break;
	case UNWIND_UNREAD_FORM:
	case UNWIND_OUT_OF_BOUNDS:
		break;
	case UNWIND_NO_ENTRY:
		if (is_signal_return(address + 1))
			return (struct unwind_rule){ .kind = UNWIND_SIGNAL };
		if (is_made_up(address + 1))
			return (struct unwind_rule){ .kind = UNWIND_OUTERMOST };
		return (struct unwind_rule){ .kind = UNWIND_NO_INFORMATION };
	case UNWIND_NOT_LOADED:
		*lasting = false;
		return (struct unwind_rule){ .kind = UNWIND_NO_INFORMATION };
	}
	return (struct unwind_rule){ .kind = UNWIND_MISLEADING };
}

#endif
