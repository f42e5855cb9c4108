/* SPDX-License-Identifier: MIT */
/*
 * Included ahead of a runtime that reads an interpreter's memory (checked_memory.h): one read in
 * HOSTILE_EVERY, of the environment, gives something else than what is there, as an interpreter of
 * another layout, one that is not set up yet, or one that was overwritten would. HOSTILE_SEED is
 * where the row of accidents begins.
 */
#ifndef HOSTILE_MEMORY_H
#define HOSTILE_MEMORY_H

#include <stddef.h>

/* As memcpy(). Any thread. */
void hostile_copy(void *to, const void *from, size_t size);

#define __builtin_memcpy(to, from, size) hostile_copy(to, from, size)

#endif
