/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#define FUNCTION(name) __attribute__((visibility("hidden"))) void name(corpus_check *look)

FUNCTION(asm_by_rbx);
FUNCTION(asm_by_expression);
FUNCTION(asm_by_stored_sp);
FUNCTION(asm_on_another_stack);
FUNCTION(asm_on_another_stack_by_fp);
FUNCTION(asm_fp_in_register);
FUNCTION(asm_fp_by_expression);
FUNCTION(asm_sp_by_expression);
FUNCTION(asm_remembers);
FUNCTION(asm_gives_sp);
FUNCTION(asm_without_cfi);
FUNCTION(asm_outermost);

const struct corpus_case corpus_cases[] = {
	{ "CFA by another register", asm_by_rbx, 0 },
	{ "CFA by an expression", asm_by_expression, 0 },
	{ "CFA stored in the stack", asm_by_stored_sp, 0 },
	{ "another stack", asm_on_another_stack, 0 },
	{ "another stack by the frame pointer", asm_on_another_stack_by_fp, 0 },
	{ "frame pointer in a register", asm_fp_in_register, 0 },
	{ "frame pointer by an expression", asm_fp_by_expression, 0 },
	{ "stack pointer by an expression", asm_sp_by_expression, 0 },
	{ "remembered rows", asm_remembers, 0 },
	{ "stack pointer given besides the CFA", asm_gives_sp, 0 },
	{ "no unwind information", asm_without_cfi, 0 },
	{ "outermost", asm_outermost, 0 },
	{ 0, 0, 0 },
};
