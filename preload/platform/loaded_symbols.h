/* SPDX-License-Identifier: MIT */
/*
 * What a loaded object itself defines, read from its dynamic section: without the loader's lock,
 * without allocation, past whoever defines the same names ahead of it. Calls nothing but resolvers
 * of indirect functions. Signal-safe; the object must stay loaded.
 */
#ifndef FINLEAK_LOADED_SYMBOLS_H
#define FINLEAK_LOADED_SYMBOLS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* An object's dynamic symbols. */
struct loaded_symbols {
	uint64_t bias;
	const uint32_t *hash; /* DT_GNU_HASH */
	const ElfW(Sym) * table;
	const uint16_t *versions; /* NULL: symbols have none */
	const char *names;
};

/* Those of the object at BIAS with the dynamic section DYNAMIC (or NULL). False: it has none. */
bool loaded_symbols_read(uint64_t bias, const ElfW(Dyn) * dynamic, struct loaded_symbols *symbols);

/* The object's own entry of NAME, in its default version, or NULL: its size and place in the file.
 */
const ElfW(Sym) * loaded_symbols_entry(const struct loaded_symbols *symbols, const char *name);

/* Where the object has NAME, in its default version; of an indirect function the one in use. NULL:
 * it does not define it. */
void *loaded_symbols_find(const struct loaded_symbols *symbols, const char *name);

#endif
