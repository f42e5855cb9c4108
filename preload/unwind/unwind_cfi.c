/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_cfi.h"

#if defined(__x86_64__)

#include <stddef.h>
#include <ucontext.h>
#include "preload/platform/readable.h"
#include "preload/unwind/unwind_program.h"

#define RETURN_ADDRESS (-8) /* from the CFA: the call pushed it */
#define SIGNAL_SP      ((int64_t)offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]))

static bool fits(int64_t number)
{
	return number >= INT32_MIN / 2 && number <= INT32_MAX / 2;
}

/* Where the caller's frame pointer is, given the rule for the CFA. False: by nothing that we
 * follow. */
static bool frame_pointer_of(const struct unwind_row *row, struct unwind_rule *rule)
{
	int64_t number = row->fp.number;

	switch (row->fp.where) {
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
	case UNWIND_AT_FP:
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

/* Does libunwind find the caller's frame pointer without leaving the frame? */
static bool is_fp_common(const struct unwind_place *fp)
{
	return fp->where == UNWIND_KEPT || fp->where == UNWIND_UNDEFINED ||
	       fp->where == UNWIND_IN_REGISTER ||
	       (fp->where == UNWIND_AT_CFA && fits(fp->number) && fp->number < 0);
}

/*
 * What is not followed here libunwind may follow, but it takes unwind information at its word: from
 * a damaged one it goes where no memory is. So it is asked about nothing but what linkers,
 * compilers and careful assembler write: the CFA of a PLT entry, one by another register, and a
 * frame pointer in another register.
 */
static struct unwind_rule not_followed(const struct unwind_row *row)
{
	bool is_common = row->cfa_is_common && fits(row->cfa.number) &&
			 row->back.where == UNWIND_AT_CFA && row->back.number == RETURN_ADDRESS &&
			 is_fp_common(&row->fp) && !row->sp_is_told;

	return (struct unwind_rule){ .kind = is_common ? UNWIND_INTRICATE : UNWIND_MISLEADING };
}

static struct unwind_rule rule_of(const struct unwind_row *row, const struct unwind_entry *entry)
{
	struct unwind_rule rule = { .cfa = 0 };

	if (row->back.where == UNWIND_UNDEFINED)
		return (struct unwind_rule){ .kind = UNWIND_OUTERMOST };
	if (entry->is_signal && row->cfa.where == UNWIND_AT_SP && row->cfa.number == SIGNAL_SP)
		return (struct unwind_rule){ .kind = UNWIND_SIGNAL };
	if (entry->is_signal || row->sp_is_told || row->back.where != UNWIND_AT_CFA ||
	    row->back.number != RETURN_ADDRESS || !fits(row->cfa.number))
		return not_followed(row);
	switch (row->cfa.where) {
	case UNWIND_IS_SP:
		rule.kind = UNWIND_BY_SP;
		break;
	case UNWIND_IS_FP:
		rule.kind = UNWIND_BY_FP;
		break;
	case UNWIND_AT_FP:
		rule.kind = UNWIND_BY_FP_SLOT;
		break;
	default:
		return not_followed(row);
	}
	rule.cfa = (int32_t)row->cfa.number;
	return frame_pointer_of(row, &rule) ? rule : not_followed(row);
}

/*
 * Where a signal handler returns to, in a libc that says nothing of it: mov $15, %rax; syscall.
 * Code may lie in a hole of its object, where the address is not one of code at all.
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

	return unwind_tables_find(pc, &entry) == UNWIND_TOLD && entry.start == pc;
}

struct unwind_rule unwind_cfi_rule(uint64_t address, bool *lasting)
{
	struct unwind_entry entry;
	struct unwind_row row;

	*lasting = true;
	switch (unwind_tables_find(address, &entry)) {
	case UNWIND_TOLD:
		if (unwind_program_run(&entry, address, &row))
			return rule_of(&row, &entry);
		break;
	case UNWIND_TOLD_UNREAD:
	case UNWIND_TOLD_BROKEN:
		break;
	case UNWIND_TOLD_NOTHING:
		if (is_signal_return(address + 1))
			return (struct unwind_rule){ .kind = UNWIND_SIGNAL };
		if (is_made_up(address + 1))
			return (struct unwind_rule){ .kind = UNWIND_OUTERMOST };
		return (struct unwind_rule){ .kind = UNWIND_UNTOLD };
	case UNWIND_NOT_LOADED:
		*lasting = false;
		return (struct unwind_rule){ .kind = UNWIND_UNTOLD };
	}
	return (struct unwind_rule){ .kind = UNWIND_MISLEADING };
}

#endif
