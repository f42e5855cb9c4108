/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#define FUNCTION(name) __attribute__((visibility("hidden"))) void name(corpus_check *look)

FUNCTION(asm_by_rbx);
FUNCTION(asm_by_expression);
FUNCTION(asm_fp_in_register);
FUNCTION(asm_remembers);
FUNCTION(asm_tells_sp);
FUNCTION(asm_untold);
FUNCTION(asm_outermost);

const struct corpus_case corpus_cases[] = {
	{ "CFA by another register", asm_by_rbx, 0 },
	{ "CFA by an expression", asm_by_expression, 0 },
	{ "frame pointer in a register", asm_fp_in_register, 0 },
	{ "remembered rows", asm_remembers, 0 },
	{ "stack pointer told", asm_tells_sp, CORPUS_IS_CUT },
	{ "nothing told", asm_untold, 0 },
	{ "outermost", asm_outermost, 0 },
	{ 0, 0, 0 },
};
