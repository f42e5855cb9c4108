/* SPDX-License-Identifier: MIT */
#include "preload/platform/loaded_object.h"

#include <dlfcn.h>
#include <string.h>
#include "preload/platform/readable.h"
#include "preload/platform/real_calls.h"

#ifdef DLFO_STRUCT_HAS_EH_DBASE
typedef int find_object(void *address, struct dl_find_object *found);
static find_object *find;

/* The program itself: where it has holes between its segments, each counts as an object. */
static struct dl_phdr_info program;

static int keep_first(struct dl_phdr_info *object, size_t size, void *argument)
{
	(void)size;
	(void)argument;
	program.dlpi_addr = object->dlpi_addr;
	program.dlpi_name = object->dlpi_name;
	program.dlpi_phdr = object->dlpi_phdr;
	program.dlpi_phnum = object->dlpi_phnum;
	program.dlpi_adds = 1;
	return 1;
}
#endif

void loaded_object_start(void)
{
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	real.dl_iterate_phdr(keep_first, NULL);
	find = (find_object *)dlsym(RTLD_DEFAULT, "_dl_find_object");
#endif
}

bool loaded_object_is_lock_free(void)
{
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	return find != NULL;
#else
	return false;
#endif
}

void loaded_object_range(const struct dl_phdr_info *object, uint64_t *start, uint64_t *end)
{
	int i;

	*start = UINT64_MAX;
	*end = 0;
	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uint64_t first = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		if (first < *start)
			*start = first;
		if (first + segment->p_memsz > *end)
			*end = first + segment->p_memsz;
	}
}

struct search {
	uint64_t address;
	struct dl_phdr_info *object;
};

static int covers(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct search *search = argument;
	int i;

	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uint64_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD || search->address < start ||
		    search->address >= start + segment->p_memsz)
			continue;
		memcpy(search->object, object, size < sizeof(*object) ? size : sizeof(*object));
		return 1;
	}
	return 0;
}

static bool search_with_lock(uint64_t address, struct dl_phdr_info *object)
{
	struct search search = { .address = address, .object = object };

	return real.dl_iterate_phdr(covers, &search) != 0;
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE
/* The program headers stand in the object's first page, behind the ELF header that it begins with.
 */
static bool describe(const struct dl_find_object *found, struct dl_phdr_info *object)
{
	const char *start = found->dlfo_map_start;
	size_t room = (const char *)found->dlfo_map_end - start;
	const ElfW(Ehdr) *header = found->dlfo_map_start;
	const struct link_map *map = found->dlfo_link_map;

	if (!map->l_name[0] && map->l_addr == program.dlpi_addr) {
		*object = program;
		return true;
	}
	if (room < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_phentsize != sizeof(ElfW(Phdr)) ||
	    header->e_phoff + header->e_phnum * sizeof(ElfW(Phdr)) > room)
		return false;
	memset(object, 0, sizeof(*object));
	object->dlpi_addr = map->l_addr;
	object->dlpi_name = map->l_name;
	object->dlpi_phdr = (const ElfW(Phdr) *)(start + header->e_phoff);
	object->dlpi_phnum = header->e_phnum;
	object->dlpi_adds = 1;
	return true;
}
#endif

bool loaded_object_at(uint64_t address, struct dl_phdr_info *object)
{
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	struct dl_find_object found;

	if (find)
		return find((void *)(uintptr_t)address, &found) == 0 && describe(&found, object);
#endif
	return search_with_lock(address, object);
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE
/* More objects than any program has loaded: the list is damaged, or changes too fast. */
#define OBJECTS_MAX 4096

/*
 * The entry behind, or before, ENTRY of the loader's list. It may have been freed meanwhile, so
 * what it holds is only believed as far as loaded_object_at() confirms it.
 */
static const struct link_map *neighbour(const struct link_map *entry, bool before)
{
	const struct link_map *next = before ? entry->l_prev : entry->l_next;

	if ((uintptr_t)next % sizeof(void *) || (uintptr_t)next < READABLE_PAGE)
		return NULL;
	return readable((uintptr_t)next) && readable((uintptr_t)(&next->l_prev + 1) - 1) ? next
											 : NULL;
}

static bool visit_entries(const struct link_map *entry, bool before,
			  int (*visit)(struct dl_phdr_info *, size_t, void *))
{
	struct dl_phdr_info object;
	unsigned int i;

	for (i = 0; entry && i < OBJECTS_MAX; i++) {
		if (loaded_object_at((uint64_t)(uintptr_t)entry->l_ld, &object) &&
		    visit(&object, 0, NULL) != 0)
			return false;
		entry = neighbour(entry, before);
	}
	return true;
}
#endif

void loaded_object_visit_around(uint64_t address,
				int (*visit)(struct dl_phdr_info *object, size_t size, void *))
{
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	struct dl_find_object here;

	/* The list's entry of an object on the stack stays. */
	if (find && find((void *)(uintptr_t)address, &here) == 0 &&
	    visit_entries(here.dlfo_link_map, true, visit))
		visit_entries(neighbour(here.dlfo_link_map, false), false, visit);
#else
	(void)address;
	(void)visit;
#endif
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE
/* The loaded part of OBJECT that HEADER lies in; nothing where that can't be read. */
static struct loaded_unwind_header segment_of(const struct dl_phdr_info *object,
					      const uint8_t *header)
{
	int i;

	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		const uint8_t *start = (const uint8_t *)(object->dlpi_addr + segment->p_vaddr);

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_R) && header >= start &&
		    (uint64_t)(header - start) < segment->p_filesz)
			return (struct loaded_unwind_header){ header, start,
							      start + segment->p_filesz };
	}
	return (struct loaded_unwind_header){ .header = header };
}
#endif

bool loaded_object_unwind_header(uint64_t address, struct loaded_unwind_header *header)
{
	*header = (struct loaded_unwind_header){ .header = NULL };
#ifdef DLFO_STRUCT_HAS_EH_DBASE
	struct dl_find_object found;
	struct dl_phdr_info object;

	if (!find || find((void *)(uintptr_t)address, &found) != 0)
		return false;
	header->header = found.dlfo_eh_frame;
	if (header->header && describe(&found, &object))
		*header = segment_of(&object, header->header);
	return true;
#else
	(void)address;
	return false;
#endif
}
