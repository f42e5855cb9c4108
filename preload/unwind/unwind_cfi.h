/* SPDX-License-Identifier: MIT */
/*
 * Works out how to step over a frame, from the unwind information of its code. x86_64. Lock-free,
 * without allocation, about 1 KiB of stack. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_CFI_H
#define FINLEAK_UNWIND_CFI_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/unwind/unwind_rules.h"

/*
 * The rule at the instruction at ADDRESS: that of the call for a frame that has called another one,
 * the next one to be executed for a frame that a signal interrupted. *lasting: it holds as long as
 * the same code is loaded; otherwise the code was made at run time and nothing shows when it goes.
 * The object must stay loaded meanwhile.
 */
struct unwind_rule unwind_cfi_rule(uint64_t address, bool *lasting);

#endif
