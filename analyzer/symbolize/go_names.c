/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/go_names.h"

#include <gelf.h>
#include <stdint.h>
#include <string.h>

#include "analyzer/base/allocate.h"

/* runtime/symtab.go: type pcHeader. The layout is the same in both. */
#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u

struct header {
	uint32_t magic;
	uint8_t zeros[2];
	uint8_t code_unit; /* of the differences of addresses */
	uint8_t pointer_size;
	uint64_t function_count;
	uint64_t file_count;
	uint64_t text; /* address of the code; 0 where the loader relocates it */
	uint64_t names, units, files, values, functions; /* from the header */
};

/* runtime/runtime2.go: type _func, its beginning. */
struct function {
	uint32_t entry; /* from the beginning of the code */
	int32_t name;
	int32_t arguments;
	uint32_t deferred;
	uint32_t stack_values, file_values, line_values; /* tables by address, from `values` */
	uint32_t data_count;
	uint32_t unit; /* its files: the first in `units` */
};

struct go_names {
	const uint8_t *table;
	uint64_t size;
	struct header header;
	GElf_Addr bias; /* of Dwfl's addresses */
	bool is_placed; /* the header has the address of the code */
};

static bool read_at(const struct go_names *names, uint64_t at, void *value, size_t size)
{
	if (at > names->size || names->size - at < size)
		return false;
	memcpy(value, names->table + at, size);
	return true;
}

/* AT bytes from the place of which OFFSET is, both out of the table; UINT64_MAX: nowhere in it. */
static uint64_t place(const struct go_names *names, uint64_t offset, uint64_t at)
{
	return offset > names->size || at > names->size ? UINT64_MAX : offset + at;
}

static const char *string_at(const struct go_names *names, uint64_t at)
{
	if (at >= names->size || !memchr(names->table + at, '\0', names->size - at))
		return NULL;
	return (const char *)names->table + at;
}

/* The section called NAME of ELF, with its header in *found; NULL none. */
static Elf_Scn *section_named(Elf *elf, const char *name, GElf_Shdr *found)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		const char *own = gelf_getshdr(section, found)
					  ? elf_strptr(elf, names, found->sh_name)
					  : NULL;

		if (own && strcmp(own, name) == 0)
			return section;
	}
	return NULL;
}

struct go_names *go_names_new(Dwfl_Module *module)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	struct go_names found = { .table = NULL }, *names;
	GElf_Shdr section, text;
	const Elf_Data *data;
	Elf_Scn *table;

	table = elf ? section_named(elf, ".gopclntab", &section) : NULL;
	if (!table && elf)
		table = section_named(elf, ".data.rel.ro.gopclntab", &section);
	data = table && section.sh_type != SHT_NOBITS ? elf_rawdata(table, NULL) : NULL;
	if (!data || !data->d_buf)
		return NULL;
	found.table = data->d_buf;
	found.size = data->d_size;
	found.bias = bias;
	if (!read_at(&found, 0, &found.header, sizeof(found.header)) ||
	    (found.header.magic != MAGIC_1_18 && found.header.magic != MAGIC_1_20) ||
	    found.header.pointer_size != 8)
		return NULL;
	found.is_placed = found.header.text != 0;
	if (!found.header.text && section_named(elf, ".text", &text))
		found.header.text = text.sh_addr;
	names = allocate_zeroed(1, sizeof(*names));
	*names = found;
	return names;
}

/* LEB128, unsigned. False: it is none. */
static bool read_number(const struct go_names *names, uint64_t *at, uint32_t *number)
{
	unsigned int shift = 0;
	uint8_t byte;

	*number = 0;
	do {
		if (shift > 28 || !read_at(names, (*at)++, &byte, 1))
			return false;
		*number |= (uint32_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return true;
}

/*
 * The value for code DISTANCE bytes from the function's beginning, by the table at OFFSET: pairs of
 * how the value differs and for how many bytes more it holds. -1: there is none.
 */
static int32_t value_at(const struct go_names *names, uint32_t offset, uint64_t distance)
{
	uint64_t at = place(names, names->header.values, offset), reached = 0;
	uint32_t more, bytes, value = UINT32_MAX;
	bool first = true;

	while (offset && read_number(names, &at, &more) && (more || first) &&
	       read_number(names, &at, &bytes)) {
		first = false;
		value += more & 1 ? ~(more >> 1) : more >> 1;
		reached += (uint64_t)bytes * names->header.code_unit;
		if (distance < reached)
			return (int32_t)value;
	}
	return -1;
}

/* The row of the last function that begins at DISTANCE from the code's beginning or before. */
static bool find_function(const struct go_names *names, uint64_t distance, uint32_t row[2])
{
	uint64_t low = 0, high = names->header.function_count;

	if (high > names->size / sizeof(uint32_t[2]))
		return false;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!read_at(names,
			     place(names, names->header.functions, middle * sizeof(uint32_t[2])),
			     row, sizeof(uint32_t[2])))
			return false;
		if (row[0] <= distance)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 &&
	       read_at(names,
		       place(names, names->header.functions, (low - 1) * sizeof(uint32_t[2])), row,
		       sizeof(uint32_t[2]));
}

static const char *file_of(const struct go_names *names, const struct function *function,
			   uint64_t distance)
{
	int32_t number = value_at(names, function->file_values, distance);
	uint64_t index = (uint64_t)function->unit + (uint32_t)number;
	uint32_t offset;

	if (number < 0 ||
	    !read_at(names, place(names, names->header.units, index * sizeof(offset)), &offset,
		     sizeof(offset)) ||
	    offset == UINT32_MAX)
		return NULL;
	return string_at(names, place(names, names->header.files, offset));
}

bool go_names_find(const struct go_names *names, Dwarf_Addr address, struct go_place *found)
{
	uint64_t distance = address - names->bias - names->header.text;
	struct function function;
	uint32_t row[2];
	int32_t line;

	*found = (struct go_place){ .function = NULL };
	if (distance > UINT32_MAX || !find_function(names, distance, row) ||
	    !read_at(names, place(names, names->header.functions, row[1]), &function,
		     sizeof(function)))
		return false;
	found->function =
		string_at(names, place(names, names->header.names, (uint32_t)function.name));
	if (!found->function || !found->function[0])
		return false;
	distance -= row[0];
	found->file = file_of(names, &function, distance);
	line = value_at(names, function.line_values, distance);
	found->line = line > 0 ? (unsigned int)line : 0;
	return true;
}

/* Is NAME, with the byte that ends it, what stands there? */
static bool is_at(const struct go_names *names, uint64_t at, const char *name)
{
	size_t size = strlen(name) + 1;

	return at <= names->size && names->size - at >= size &&
	       memcmp(names->table + at, name, size) == 0;
}

bool go_names_entry(const struct go_names *names, const char *name, uint64_t *address)
{
	uint64_t i;

	if (!names->is_placed || names->header.function_count > names->size / sizeof(uint32_t[2]))
		return false;
	for (i = 0; i < names->header.function_count; i++) {
		struct function function;
		uint32_t row[2];

		if (!read_at(names, place(names, names->header.functions, i * sizeof(row)), row,
			     sizeof(row)) ||
		    !read_at(names, place(names, names->header.functions, row[1]), &function,
			     sizeof(function)))
			return false;
		if (!is_at(names, place(names, names->header.names, (uint32_t)function.name), name))
			continue;
		*address = names->header.text + row[0];
		return true;
	}
	return false;
}
