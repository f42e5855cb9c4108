/* SPDX-License-Identifier: MIT */
/*
 * Interned lines of scripts (SECTION_SCRIPTS): each is stored once, its strings in string_table.h.
 * Signal-safe, any thread; LEDGER has a recording.
 */
#ifndef FINLEAK_SCRIPT_TABLE_H
#define FINLEAK_SCRIPT_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include "preload/recording/recording.h"

struct ledger;

#define NO_SCRIPT UINT32_MAX

/* Strings are UTF-8 where the script's names are. */
struct script_line {
	const char *language; /* struct runtime: its name */
	const char *file;
	const char *function;
	uint32_t line; /* 0 unknown */
};

/* The row for LINE. NO_SCRIPT: there is no room left. */
uint32_t script_row(struct ledger *ledger, const struct script_line *line);

const struct recorded_script *script_at(const struct ledger *ledger, uint32_t row);

#endif
