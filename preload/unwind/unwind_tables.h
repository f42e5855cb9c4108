/* SPDX-License-Identifier: MIT */
/*
 * Finds what a loaded object says of unwinding a function of its. Takes no lock, needs glibc 2.35.
 * Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_TABLES_H
#define FINLEAK_UNWIND_TABLES_H

#include <stdint.h>
#include "preload/unwind/unwind_entry.h"

/* Stores what the unwind information says of the instruction at ADDRESS in *entry. The object must
 * stay loaded. */
enum unwind_found unwind_tables_find(uint64_t address, struct unwind_entry *entry);

#endif
