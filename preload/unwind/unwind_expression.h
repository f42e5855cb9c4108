/* SPDX-License-Identifier: MIT */
/*
 * Evaluates DWARF expressions of unwind information: a stack machine that reads registers and
 * memory. Bounded in stack, steps and memory, since the expression may be anything. x86_64.
 * Lock-free, without allocation, 0.2 KiB of stack. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_EXPRESSION_H
#define FINLEAK_UNWIND_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/unwind/unwind_bounds.h"
#include "preload/unwind/unwind_bytes.h"
#include "preload/unwind/unwind_program.h"

/* BEFORE: what lies on the machine's stack when it begins, or NULL. False: it leads nowhere. */
bool unwind_evaluate(struct unwind_bytes expression, const struct unwind_values *registers,
		     struct unwind_bounds *bounds, const uint64_t *before, uint64_t *result);

#endif
