/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/symbol_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"

/* Several names for one function are common, nested functions are not. */
#define OVERLAPS_LOOKED_AT 16u

struct symbol {
	Dwarf_Addr start, end;
	const char *name;
	uint32_t number; /* in the file */
	uint8_t rank;    /* of several names the lowest is shown */
};

struct symbol_table {
	struct symbol *symbols; /* by start, of equal ones the best name last */
	size_t count;
	const struct symbol **by_name; /* NULL until one is asked for by name */
};

static uint8_t rank_of(const GElf_Sym *symbol)
{
	switch (GELF_ST_BIND(symbol->st_info)) {
	case STB_GLOBAL:
		return 0;
	case STB_WEAK:
		return 1;
	default:
		return 2;
	}
}

static bool is_code(const GElf_Sym *symbol)
{
	unsigned int type = GELF_ST_TYPE(symbol->st_info);

	return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

static int by_start(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a->number > b->number ? -1 : a->number < b->number ? 1 : 0;
}

struct symbol_table *symbol_table_new(Dwfl_Module *module)
{
	struct symbol_table *table = allocate_zeroed(1, sizeof(*table));
	int count = dwfl_module_getsymtab(module), i;

	for (i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		const char *name =
			dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);

		if (!name || !name[0] || !is_code(&symbol) || symbol.st_shndx == SHN_UNDEF ||
		    symbol.st_size == 0 || symbol.st_size > UINT64_MAX - address)
			continue;
		*(struct symbol *)allocate_next(&table->symbols, table->count,
						sizeof(*table->symbols)) = (struct symbol){
			.start = address,
			.end = address + symbol.st_size,
			.name = name,
			.number = (uint32_t)i,
			.rank = rank_of(&symbol),
		};
		table->count++;
	}
	if (table->count)
		qsort(table->symbols, table->count, sizeof(*table->symbols), by_start);
	return table;
}

void symbol_table_free(struct symbol_table *table)
{
	if (!table)
		return;
	free(table->symbols);
	free(table->by_name);
	free(table);
}

static bool begins_until(const void *row, const void *address)
{
	return ((const struct symbol *)row)->start <= *(const Dwarf_Addr *)address;
}

const char *symbol_table_name(const struct symbol_table *table, Dwarf_Addr address)
{
	size_t count = rows_before(table->symbols, table->count, sizeof(*table->symbols),
				   begins_until, &address);
	size_t i;

	for (i = count; i > 0 && count - i < OVERLAPS_LOOKED_AT; i--)
		if (address < table->symbols[i - 1].end)
			return table->symbols[i - 1].name;
	return NULL;
}

static int by_name(const void *left, const void *right)
{
	const struct symbol *const *a = left, *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

Dwarf_Addr symbol_table_address(struct symbol_table *table, const char *name)
{
	const struct symbol wanted = { .name = name }, *key = &wanted, **found;
	size_t i;

	if (!table->count)
		return 0;
	if (!table->by_name) {
		table->by_name = allocate_zeroed(table->count, sizeof(*table->by_name));
		for (i = 0; i < table->count; i++)
			table->by_name[i] = &table->symbols[i];
		qsort(table->by_name, table->count, sizeof(*table->by_name), by_name);
	}
	found = bsearch(&key, table->by_name, table->count, sizeof(*found), by_name);
	if (!found)
		return 0;
	i = (size_t)(found - table->by_name);
	if ((i > 0 && strcmp(found[-1]->name, name) == 0 && found[-1]->start != (*found)->start) ||
	    (i + 1 < table->count && strcmp(found[1]->name, name) == 0 &&
	     found[1]->start != (*found)->start))
		return 0;
	return (*found)->start;
}
