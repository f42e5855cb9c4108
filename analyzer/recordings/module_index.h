/* SPDX-License-Identifier: MIT */
/*
 * Finds the module that covers an address, among the modules that one file has: thousands of them
 * may cover each other, and each frame of each stack asks.
 */
#ifndef FINLEAK_MODULE_INDEX_H
#define FINLEAK_MODULE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "preload/recording/recording.h"

struct module_index;

/* Of the COUNT MODULES, which must outlive it. Free it with module_index_free(), NULL allowed. */
struct module_index *module_index_new(const struct recorded_module *modules, size_t count);
void module_index_free(struct module_index *index);

/*
 * The last of the first LIMIT modules that covers ADDRESS and was loaded at sequence SEQ or before;
 * NULL: none does. The recorder appends modules as they are loaded: one that claims to be loaded
 * before its predecessor is taken as loaded with it.
 */
const struct recorded_module *module_index_find(const struct module_index *index, uint64_t address,
						uint32_t seq, uint64_t limit);

#endif
