/* SPDX-License-Identifier: MIT */
/* Which function of the test program an address lies in, by the program's own symbol table. */
#ifndef FINLEAK_TESTS_OWN_TEXT_H
#define FINLEAK_TESTS_OWN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Does return address PC follow a call that stands in FUNCTION? */
bool returns_into(uint64_t pc, const void *function);

#endif
