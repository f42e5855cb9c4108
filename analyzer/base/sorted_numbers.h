/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_SORTED_NUMBERS_H
#define FINLEAK_SORTED_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* How many of the COUNT numbers of LIST, ascending, are LEAST or more. */
size_t sorted_numbers_from(const uint64_t *list, size_t count, uint64_t least);

/* How many are MOST or less. */
size_t sorted_numbers_until(const uint64_t *list, size_t count, uint64_t most);

#endif
