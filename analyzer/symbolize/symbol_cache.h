/* SPDX-License-Identifier: MIT */
/*
 * Frames that were found in a module's debug information before, in a file for each build-id, so
 * that the debug information need not be loaded for the next report on the same program. The file
 * is hostile input: what does not hold is as if it were not there.
 */
#ifndef FINLEAK_SYMBOL_CACHE_H
#define FINLEAK_SYMBOL_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include "analyzer/symbolize/code_units.h"

struct symbol_cache;

/* What FOLDER knows of the module with BUILD_ID. Never NULL; ends with symbol_cache_close. */
struct symbol_cache *symbol_cache_open(const char *folder, const uint8_t *build_id,
				       size_t build_id_size);

/*
 * The frames at OFFSET, innermost first, at most MAX; 0: not known. Functions are readable names.
 * Strings live as long as the cache is open.
 */
size_t symbol_cache_find(const struct symbol_cache *cache, uint64_t offset,
			 struct code_frame *frames, size_t max);

/* Adds COUNT frames at OFFSET, which was not found. Strings must live until the cache is closed. */
void symbol_cache_add(struct symbol_cache *cache, uint64_t offset, const struct code_frame *frames,
		      size_t count);

/* Writes what was added to the folder and releases the cache. */
void symbol_cache_close(struct symbol_cache *cache);

#endif
