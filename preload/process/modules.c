/* SPDX-License-Identifier: MIT */
#include "preload/process/modules.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/module_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/platform/loaded_object.h"
#include "preload/runtimes/runtimes.h"
#include "preload/unwind/backtrace.h"

/* How many new stacks with code made at run time, and no new module, are a reason to search. */
#define SEARCHES_MAX 16u

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
	memset(module, 0, sizeof(*module));
	module->bias = object->dlpi_addr;
	loaded_object_range(object, &module->start, &module->end);
	read_build_id(object, module);
}

static const char *path_of(const struct ledger *ledger, const struct dl_phdr_info *object)
{
	/* The program itself has no name in the loader's list. */
	return object->dlpi_name && object->dlpi_name[0] ? object->dlpi_name
							 : ledger->header->executable;
}

static void add(struct ledger *ledger, struct recorded_module *found, const char *path)
{
	struct stat file;

	if (path[0] == '/' && stat(path, &file) == 0) {
		found->file_size = file.st_size;
		found->file_mtime_ns = file.st_mtim.tv_sec * 1000000000ll + file.st_mtim.tv_nsec;
	}
	module_add(ledger, found, path);
}

/* Notes the object. True where it is back in the place where it was before. */
static bool meet(struct ledger *ledger, const struct dl_phdr_info *object)
{
	const char *path = path_of(ledger, object);
	struct recorded_module found;
	enum module_news news;

	describe(object, &found);
	news = module_meet(ledger, &found, path);
	if (news == MODULE_NEW) {
		add(ledger, &found, path);
		runtimes_consider(object, path);
	}
	return news == MODULE_BACK;
}

/* Code made at run time was met, with or without NEW modules: what has made it may not be here. */
static void search_maker(bool new)
{
	static unsigned int in_vain;

	if (new || __atomic_fetch_add(&in_vain, 1, __ATOMIC_RELAXED) < SEARCHES_MAX)
		runtimes_search((uint64_t)(uintptr_t)search_maker);
}

uint32_t modules_cover(struct ledger *ledger, const uint64_t *pc, size_t frames)
{
	struct dl_phdr_info object;
	bool back = false, generated = false, new = false;
	size_t i;

	for (i = 0; i < frames; i++) {
		if (recorded_is_script(pc[i]) || module_covers(ledger, pc[i]))
			continue;
		if (loaded_object_at(pc[i], &object)) {
			back |= meet(ledger, &object);
			new = true;
		} else {
			generated = true;
		}
	}
	if (generated)
		search_maker(new);
	if (back)
		stack_table_retire(ledger, module_is_unloaded);
	return module_sequence(ledger);
}

static bool is_still_there(const struct ledger *ledger, const struct recorded_module *row)
{
	struct recorded_module found;
	struct dl_phdr_info object;

	if (!loaded_object_at(row->start, &object))
		return false;
	describe(&object, &found);
	return module_is_same(ledger, row, &found, path_of(ledger, &object));
}

void modules_after_dlclose(struct ledger *ledger)
{
	uint32_t i, count = module_count(ledger);
	bool gone = false;

	for (i = 0; i < count; i++) {
		const struct recorded_module *row = module_at(ledger, i);

		if (!module_is_loaded(ledger, i) || is_still_there(ledger, row))
			continue;
		runtimes_forget(row->start);
		module_unload(ledger, i);
		gone = true;
	}
	if (gone && stack_table_retire(ledger, module_is_unloaded))
		backtrace_forget();
}
