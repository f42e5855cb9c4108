/* SPDX-License-Identifier: MIT */
#include "preload/ledger/module_map.h"

#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include "preload/unwind/backtrace.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/loaded_object.h"
#include "preload/runtimes/python/python_interpreter.h"
#include "preload/ledger/stack_table.h"

static uint32_t module_count(void)
{
	const struct recording_section *section = ledger_section(SECTION_MODULES);
	uint64_t used = __atomic_load_n(&section->used, __ATOMIC_ACQUIRE);

	return (uint32_t)used;
}

static struct recorded_module *module_row(uint32_t index)
{
	return ledger_record(SECTION_MODULES, index);
}

/* The module that covered PC at sequence SEQ: the youngest that is not younger. */
static struct recorded_module *module_at(uint64_t pc, uint32_t seq)
{
	struct recorded_module *best = NULL;
	uint32_t i, count = module_count();

	for (i = 0; i < count; i++) {
		struct recorded_module *row = module_row(i);

		if (pc >= row->start && pc < row->end && row->loaded_seq <= seq &&
		    row->loaded_seq != 0 && (!best || row->loaded_seq > best->loaded_seq))
			best = row;
	}
	return best;
}

/* Sequence numbers: one for each row and one for each unloading. 0 is before everything. */
static uint32_t sequence;

static uint32_t add_string(const char *text)
{
	size_t size = strlen(text) + 1;
	uint64_t place = ledger_append(SECTION_STRINGS, size);

	if (place == UINT64_MAX)
		return UINT32_MAX;
	memcpy(ledger_record(SECTION_STRINGS, place), text, size);
	return (uint32_t)place;
}

static void read_build_id(const struct dl_phdr_info *object, struct recorded_module *module)
{
	int i;

	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		const char *note = (const char *)(object->dlpi_addr + segment->p_vaddr);
		const char *end = note + segment->p_memsz;

		if (segment->p_type != PT_NOTE)
			continue;
		while (end - note >= (ptrdiff_t)sizeof(ElfW(Nhdr))) {
			const ElfW(Nhdr) *head = (const ElfW(Nhdr) *)note;
			size_t name = (head->n_namesz + 3u) & ~3u;
			size_t body = (head->n_descsz + 3u) & ~3u;

			note += sizeof(*head);
			if (name + body > (size_t)(end - note))
				break;
			if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 &&
			    memcmp(note, "GNU", 4) == 0 &&
			    head->n_descsz <= RECORDED_BUILD_ID_MAX) {
				memcpy(module->build_id, note + name, head->n_descsz);
				module->build_id_size = head->n_descsz;
				return;
			}
			note += name + body;
		}
	}
}

static void describe(const struct dl_phdr_info *object, struct recorded_module *module)
{
	int i;

	memset(module, 0, sizeof(*module));
	module->bias = object->dlpi_addr;
	module->start = UINT64_MAX;
	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uint64_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		if (start < module->start)
			module->start = start;
		if (start + segment->p_memsz > module->end)
			module->end = start + segment->p_memsz;
	}
	read_build_id(object, module);
}

static const char *path_of(const struct dl_phdr_info *object)
{
	/* The program itself has no name in the loader's list. */
	return object->dlpi_name && object->dlpi_name[0] ? object->dlpi_name
							 : ledger_header->executable;
}

static bool same_module(const struct recorded_module *row, const struct recorded_module *found,
			const char *path)
{
	return row->start == found->start && row->end == found->end && row->bias == found->bias &&
	       row->build_id_size == found->build_id_size &&
	       memcmp(row->build_id, found->build_id, row->build_id_size) == 0 &&
	       strcmp(ledger_record(SECTION_STRINGS, row->path), path) == 0;
}

/* The newest row of this object, loaded now or earlier, or NULL. */
static struct recorded_module *find_row(const struct recorded_module *found, const char *path)
{
	uint32_t i;

	for (i = module_count(); i > 0; i--)
		if (module_row(i - 1)->loaded_seq && same_module(module_row(i - 1), found, path))
			return module_row(i - 1);
	return NULL;
}

/*
 * Has another module lain where this one did since it was loaded? Its addresses belong to that one
 * then (see struct recorded_module), so a module that is back needs a row of its own.
 */
static bool superseded(const struct recorded_module *row)
{
	uint32_t i, count = module_count();

	for (i = 0; i < count; i++)
		if (module_row(i)->loaded_seq > row->loaded_seq &&
		    module_row(i)->start < row->end && module_row(i)->end > row->start)
			return true;
	return false;
}

static void add_row(struct recorded_module *found, const char *path)
{
	struct recorded_module *row;
	struct stat file;
	uint64_t index;

	if (path[0] == '/' && stat(path, &file) == 0) {
		found->file_size = file.st_size;
		found->file_mtime_ns = file.st_mtim.tv_sec * 1000000000ll + file.st_mtim.tv_nsec;
	}
	found->path = add_string(path);
	index = found->path == UINT32_MAX ? UINT64_MAX : ledger_append(SECTION_MODULES, 1);
	if (index == UINT64_MAX) {
		ledger_count_lost(LOST_MODULES);
		return;
	}
	row = module_row((uint32_t)index);
	memcpy(row, found, sizeof(*row));
	/* Vouches for the row. */
	__atomic_store_n(&row->loaded_seq, __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
}

/* Notes the object. True where it is back in the place where it was before. */
static bool add_if_new(const struct dl_phdr_info *object)
{
	struct recorded_module found, *row;
	const char *path = path_of(object);

	describe(object, &found);
	row = find_row(&found, path);
	if (!row || (row->unloaded_seq && superseded(row))) {
		add_row(&found, path);
		python_interpreter_consider(object, path);
	} else if (row->unloaded_seq) {
		row->unloaded_seq = 0;
		return true;
	}
	return false;
}

static bool is_unloaded(uint64_t pc, uint32_t seq)
{
	const struct recorded_module *row = module_at(pc, seq);

	return row && row->unloaded_seq != 0;
}

uint32_t module_map_cover(const uint64_t *pc, size_t frames)
{
	struct dl_phdr_info object;
	bool revived = false;
	size_t i;

	for (i = 0; i < frames; i++) {
		uint32_t now = __atomic_load_n(&sequence, __ATOMIC_ACQUIRE);
		const struct recorded_module *row;

		if (recorded_is_script(pc[i]))
			continue;
		row = module_at(pc[i], now);
		if ((!row || row->unloaded_seq) && loaded_object_at(pc[i], &object))
			revived |= add_if_new(&object);
	}
	if (revived)
		stack_table_retire(is_unloaded);
	return __atomic_load_n(&sequence, __ATOMIC_ACQUIRE);
}

static bool is_still_there(const struct recorded_module *row)
{
	struct recorded_module found;
	struct dl_phdr_info object;

	if (!loaded_object_at(row->start, &object))
		return false;
	describe(&object, &found);
	return same_module(row, &found, path_of(&object));
}

void module_map_after_dlclose(void)
{
	uint32_t i, count = module_count();
	bool gone = false;

	for (i = 0; i < count; i++) {
		struct recorded_module *row = module_row(i);

		if (!row->loaded_seq || row->unloaded_seq || is_still_there(row))
			continue;
		python_interpreter_gone(row->start);
		__atomic_store_n(&row->unloaded_seq,
				 __atomic_add_fetch(&sequence, 1, __ATOMIC_RELAXED),
				 __ATOMIC_RELEASE);
		gone = true;
	}
	if (gone && stack_table_retire(is_unloaded))
		backtrace_forget();
}

/*
 * The rows were copied after the fork, the sequence is the one of the fork: what is younger than
 * that the parent did later, and the child's addresses know nothing of it.
 */
void module_map_reset(void)
{
	uint32_t i, count = module_count();

	for (i = 0; i < count; i++) {
		struct recorded_module *row = module_row(i);

		if (row->unloaded_seq > sequence)
			row->unloaded_seq = 0;
		if (row->loaded_seq > sequence)
			row->loaded_seq = 0;
	}
}
