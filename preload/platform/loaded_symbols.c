/* SPDX-License-Identifier: MIT */
#include "preload/platform/loaded_symbols.h"

#include <stddef.h>

/* Of an entry of DT_VERSYM: not the version that new programs are linked to. */
#define VERSION_IS_HIDDEN 0x8000

/* Some loaders leave addresses in the dynamic section as they are in the file. */
static const void *place(uint64_t bias, uint64_t address)
{
	return (const void *)(uintptr_t)(address < bias ? bias + address : address);
}

bool loaded_symbols_read(uint64_t bias, const ElfW(Dyn) * dynamic, struct loaded_symbols *symbols)
{
	*symbols = (struct loaded_symbols){ .bias = bias };
	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		const void *found = place(bias, dynamic->d_un.d_ptr);

		if (dynamic->d_tag == DT_GNU_HASH)
			symbols->hash = found;
		else if (dynamic->d_tag == DT_SYMTAB)
			symbols->table = found;
		else if (dynamic->d_tag == DT_VERSYM)
			symbols->versions = found;
		else if (dynamic->d_tag == DT_STRTAB)
			symbols->names = found;
	}
	return symbols->hash && symbols->table && symbols->names;
}

/* libc's strcmp() may be what is searched for. */
static bool is_same(const char *one, const char *other)
{
	for (; *one && *one == *other; one++)
		other++;
	return *one == *other;
}

static bool is_defined(const struct loaded_symbols *symbols, uint32_t i, const char *name)
{
	const ElfW(Sym) *symbol = &symbols->table[i];

	if (symbol->st_shndx == SHN_UNDEF || !is_same(symbols->names + symbol->st_name, name))
		return false;
	return !symbols->versions || !(symbols->versions[i] & VERSION_IS_HIDDEN);
}

const ElfW(Sym) * loaded_symbols_entry(const struct loaded_symbols *symbols, const char *name)
{
	uint32_t buckets = symbols->hash[0], first = symbols->hash[1], filters = symbols->hash[2];
	const uint32_t *bucket = symbols->hash + 4 + filters * (sizeof(ElfW(Addr)) / 4);
	const uint32_t *chain = bucket + buckets;
	uint32_t hash = 5381, i;
	const char *c;

	for (c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	if (buckets == 0)
		return NULL;
	i = bucket[hash % buckets];
	if (i < first)
		return NULL;
	for (;; i++) {
		if ((chain[i - first] | 1) == (hash | 1) && is_defined(symbols, i, name))
			return &symbols->table[i];
		if (chain[i - first] & 1)
			return NULL;
	}
}

void *loaded_symbols_find(const struct loaded_symbols *symbols, const char *name)
{
	const ElfW(Sym) *symbol = loaded_symbols_entry(symbols, name);
	uintptr_t address;

	if (!symbol)
		return NULL;
	address = symbols->bias + symbol->st_value;
	if (ELF64_ST_TYPE(symbol->st_info) != STT_GNU_IFUNC)
		return (void *)address;
		/* Only here are resolvers called without arguments. */
#if defined(__x86_64__)
	return ((void *(*)(void))address)();
#else
	return NULL;
#endif
}
