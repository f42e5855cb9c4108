/* SPDX-License-Identifier: MIT */
/*
 * Finds the unwind information that a loaded object has for one of its functions. Takes no lock,
 * needs glibc 2.35. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_TABLES_H
#define FINLEAK_UNWIND_TABLES_H

#include <stdint.h>
#include "preload/unwind/unwind_entry.h"

/* Stores the unwind information of the instruction at ADDRESS in *entry. The object must
 * stay loaded. */
enum unwind_found unwind_tables_find(uint64_t address, struct unwind_entry *entry);

#endif
