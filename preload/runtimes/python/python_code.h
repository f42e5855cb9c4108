/* SPDX-License-Identifier: MIT */
/*
 * From a code object and an instruction in it to a row of SECTION_SCRIPTS. Cached by their
 * addresses; an address can come to mean other code (exec() in a loop), so what is cached is held
 * against the code's names, first line and line table each time. Signal-safe, any thread.
 */
#ifndef FINLEAK_PYTHON_CODE_H
#define FINLEAK_PYTHON_CODE_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"

struct ledger;

#define PYTHON_LANGUAGE "python"

/*
 * The row for the instruction at byte AT of CODE, a code object, into *row: NO_SCRIPT where there
 * is no room for it. False: CODE is not what it should be.
 */
bool python_code_row(struct ledger *ledger, const struct python_layout *layout, const void *code,
		     uint32_t at, uint32_t *row);

#endif
