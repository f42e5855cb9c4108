/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/process_modules.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/script_stacks/process_memory.h"

/* More is no module of an honest program. */
#define SEGMENTS_MAX 64
#define DYNAMIC_MAX  256
#define MODULES_MAX  1024
#define CHAIN_MAX    256
#define PAGE         4096u

/* A line of maps. */
struct mapping {
	uint64_t start, end, offset;
	const char *path;
};

static bool parse(const char *line, struct mapping *mapping)
{
	int length = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " r%*s %" SCNx64 " %*s %*s %n", &mapping->start,
		   &mapping->end, &mapping->offset, &length) != 3 ||
	    length == 0)
		return false;
	mapping->path = line + length;
	return mapping->path[0] == '/' && mapping->start < mapping->end;
}

/* Finds the tables that the COUNT entries at DYNAMIC name. */
static bool find_tables(struct process_module *module, const Elf64_Dyn *dynamic, size_t count)
{
	size_t i;

	for (i = 0; i < count && dynamic[i].d_tag != DT_NULL; i++) {
		uint64_t place = dynamic[i].d_un.d_ptr;

		/* Some loaders leave addresses as they are in the file. */
		if (place < module->bias)
			place += module->bias;
		if (dynamic[i].d_tag == DT_GNU_HASH)
			module->hash = place;
		else if (dynamic[i].d_tag == DT_SYMTAB)
			module->symbols = place;
		else if (dynamic[i].d_tag == DT_STRTAB)
			module->names = place;
	}
	return module->hash && module->symbols && module->names;
}

/* Reads the head of the module whose first byte is at `start`. */
static bool read_head(int task, struct process_module *module)
{
	Elf64_Phdr segments[SEGMENTS_MAX];
	Elf64_Dyn dynamic[DYNAMIC_MAX];
	const Elf64_Phdr *first = NULL, *found = NULL;
	Elf64_Ehdr head;
	size_t size, i;

	if (!process_memory_read(task, module->start, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(*segments) || head.e_phnum > SEGMENTS_MAX ||
	    !process_memory_read(task, module->start + head.e_phoff, segments,
				 head.e_phnum * sizeof(*segments)))
		return false;
	for (i = 0; i < head.e_phnum; i++) {
		if (segments[i].p_type == PT_LOAD && !first)
			first = &segments[i];
		if (segments[i].p_type == PT_DYNAMIC)
			found = &segments[i];
	}
	if (!first || !found)
		return false;
	module->bias = module->start - (first->p_vaddr & ~(uint64_t)(PAGE - 1));
	size = found->p_memsz < sizeof(dynamic) ? found->p_memsz : sizeof(dynamic);
	return process_memory_read(task, module->bias + found->p_vaddr, dynamic, size) &&
	       find_tables(module, dynamic, size / sizeof(*dynamic));
}

bool process_modules_find(int task,
			  bool (*take)(const struct process_module *module, int task,
				       void *context),
			  void *context)
{
	struct process_module module = { .start = 0 };
	struct proc_lines lines;
	struct mapping mapping;
	unsigned int modules = 0;
	bool taken = false;
	char *path = NULL;
	const char *line;

	if (!proc_lines_open(&lines, task, "maps", '\n'))
		return false;
	do {
		line = proc_lines_next(&lines);
		if (line && !parse(line, &mapping))
			continue;
		/* Its mappings follow each other. */
		if (line && path && mapping.offset && strcmp(path, mapping.path) == 0) {
			module.end = mapping.end;
			continue;
		}
		module.path = path;
		taken = path && ++modules <= MODULES_MAX && read_head(task, &module) &&
			take(&module, task, context);
		free(path);
		path = line && mapping.offset == 0 ? allocate_text(mapping.path) : NULL;
		module = (struct process_module){ .start = path ? mapping.start : 0,
						  .end = path ? mapping.end : 0 };
	} while (line && !taken);
	free(path);
	proc_lines_close(&lines);
	return taken;
}

static bool is_defined(int task, const struct process_module *module, uint32_t index,
		       const char *name, Elf64_Sym *symbol)
{
	return process_memory_read(task, module->symbols + (uint64_t)index * sizeof(*symbol),
				   symbol, sizeof(*symbol)) &&
	       symbol->st_shndx != SHN_UNDEF &&
	       process_memory_is(task, module->names + symbol->st_name, name);
}

/* The index of the first symbol whose hash falls together with HASH; 0: there is none. */
static uint32_t first_of(int task, const struct process_module *module, uint32_t hash,
			 uint64_t *chain)
{
	uint32_t head[4], index, first;
	uint64_t buckets;

	if (!process_memory_read(task, module->hash, head, sizeof(head)) || head[0] == 0)
		return 0;
	buckets = module->hash + sizeof(head) + (uint64_t)head[2] * sizeof(Elf64_Addr);
	first = head[1];
	if (!process_memory_read(task, buckets + (uint64_t)(hash % head[0]) * sizeof(index), &index,
				 sizeof(index)) ||
	    index < first)
		return 0;
	*chain = buckets + (uint64_t)head[0] * sizeof(index) +
		 (uint64_t)(index - first) * sizeof(index);
	return index;
}

uint64_t process_symbol(int task, const struct process_module *module, const char *name,
			uint64_t *size)
{
	uint32_t hash = 5381, index, other, steps;
	uint64_t chain = 0;
	Elf64_Sym symbol;
	const char *c;

	for (c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	index = first_of(task, module, hash, &chain);
	for (steps = 0; index && steps < CHAIN_MAX; steps++, index++, chain += sizeof(other)) {
		if (!process_memory_read(task, chain, &other, sizeof(other)))
			return 0;
		if ((other | 1) == (hash | 1) && is_defined(task, module, index, name, &symbol)) {
			if (size)
				*size = symbol.st_size;
			return module->bias + symbol.st_value;
		}
		if (other & 1)
			return 0;
	}
	return 0;
}
