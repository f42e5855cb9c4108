/* SPDX-License-Identifier: MIT */
/*
 * Interned strings (SECTION_STRINGS): each is stored once. Paths of modules are not among them.
 * Signal-safe, any thread; LEDGER has a recording.
 */
#ifndef FINLEAK_STRING_TABLE_H
#define FINLEAK_STRING_TABLE_H

#include <stdint.h>

struct ledger;

/* The place of TEXT (NUL-terminated) in the section, plus 1. 0: there is no room left. */
uint32_t string_intern(struct ledger *ledger, const char *text);

/* The string at PLACE, which string_intern() gave (less 1). */
const char *string_at(const struct ledger *ledger, uint32_t place);

#endif
