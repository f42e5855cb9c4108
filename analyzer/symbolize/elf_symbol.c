/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/elf_symbol.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/symbolize/elf_segments.h"

/* Larger tables are no honest program's. */
#define TABLE_MAX (256u << 20)

static bool read_section(int fd, const Elf64_Ehdr *elf, uint64_t number, Elf64_Shdr *section)
{
	return number < elf->e_shnum &&
	       elf_read_at(fd, section, sizeof(*section), elf->e_shoff + number * sizeof(*section));
}

/* The section's bytes, and a NUL behind them; the caller frees them. NULL: they are not there. */
static char *read_table(int fd, const Elf64_Shdr *section)
{
	char *table = section->sh_size <= TABLE_MAX ? malloc(section->sh_size + 1) : NULL;

	if (!table)
		return NULL;
	if (!elf_read_at(fd, table, section->sh_size, section->sh_offset)) {
		free(table);
		return NULL;
	}
	table[section->sh_size] = '\0';
	return table;
}

static bool find_in(const char *table, uint64_t size, const char *names, uint64_t names_size,
		    const char *name, uint64_t *address)
{
	Elf64_Sym symbol;
	uint64_t at;

	for (at = 0; at + sizeof(symbol) <= size; at += sizeof(symbol)) {
		memcpy(&symbol, table + at, sizeof(symbol));
		if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names_size ||
		    strcmp(names + symbol.st_name, name) != 0)
			continue;
		*address = symbol.st_value;
		return true;
	}
	return false;
}

bool elf_symbol_find(int fd, const char *name, uint64_t *address)
{
	Elf64_Shdr section, strings;
	char *table, *names;
	bool found = false;
	Elf64_Ehdr elf;
	uint64_t i;

	if (!elf_read_at(fd, &elf, sizeof(elf), 0) || memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 ||
	    elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_shentsize != sizeof(section))
		return false;
	for (i = 0; i < elf.e_shnum; i++)
		if (read_section(fd, &elf, i, &section) && section.sh_type == SHT_SYMTAB)
			break;
	if (i == elf.e_shnum || !read_section(fd, &elf, section.sh_link, &strings))
		return false;
	table = read_table(fd, &section);
	names = read_table(fd, &strings);
	if (table && names)
		found = find_in(table, section.sh_size, names, strings.sh_size, name, address);
	free(table);
	free(names);
	return found;
}
