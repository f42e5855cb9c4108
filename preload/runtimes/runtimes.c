/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/runtimes.h"

#include <elf.h>
#include <string.h>
#include "preload/platform/loaded_object.h"
#include "preload/platform/loaded_symbols.h"
#include "preload/recording/recording.h"
#include "preload/runtimes/java/java_runtime.h"
#include "preload/runtimes/perl/perl_runtime.h"
#include "preload/runtimes/php/php_runtime.h"
#include "preload/runtimes/python/python_runtime.h"
#include "preload/runtimes/ruby/ruby_runtime.h"
#include "preload/runtimes/runtime.h"
#include "preload/runtimes/script_frames.h"

/* A runtime that is inside of another in a stack stands before it. */
static const struct runtime *const table[] = {
	&python_runtime, &java_runtime, &ruby_runtime, &php_runtime, &perl_runtime,
};

#define RUNTIMES (sizeof(table) / sizeof(table[0]))

static uint64_t start_of[RUNTIMES]; /* of the module that each was found in; 0: not here */
static unsigned int found;          /* runtimes that are here */
static const char *program_path;

/* NULL: it has none. */
static const ElfW(Dyn) * dynamic_section_of(const struct dl_phdr_info *object)
{
	int i;

	for (i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			return (const void *)(uintptr_t)(object->dlpi_addr +
							 object->dlpi_phdr[i].p_vaddr);
	return NULL;
}

void runtimes_consider(const struct dl_phdr_info *object, const char *path)
{
	struct runtime_module module = { .path = path, .program = program_path };
	struct loaded_symbols symbols;
	size_t i;

	if (!loaded_symbols_read(object->dlpi_addr, dynamic_section_of(object), &symbols))
		return;
	loaded_object_range(object, &module.start, &module.end);
	module.symbols = &symbols;
	for (i = 0; i < RUNTIMES; i++) {
		if (__atomic_load_n(&start_of[i], __ATOMIC_RELAXED) || !table[i]->detect(&module))
			continue;
		__atomic_store_n(&start_of[i], module.start, __ATOMIC_RELEASE);
		__atomic_fetch_add(&found, 1, __ATOMIC_RELEASE);
	}
}

static int consider(struct dl_phdr_info *object, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	runtimes_consider(object, object->dlpi_name && object->dlpi_name[0] ? object->dlpi_name
									    : program_path);
	return 0;
}

void runtimes_search(uint64_t address)
{
	loaded_object_visit_around(address, consider);
}

void runtimes_start(const char *program)
{
	program_path = program;
#if defined(__LP64__)
	dl_iterate_phdr(consider, NULL);
#endif
}

void runtimes_forget(uint64_t start)
{
	size_t i;

	for (i = 0; i < RUNTIMES; i++) {
		if (__atomic_load_n(&start_of[i], __ATOMIC_RELAXED) != start)
			continue;
		__atomic_store_n(&start_of[i], 0, __ATOMIC_RELEASE);
		__atomic_fetch_sub(&found, 1, __ATOMIC_RELEASE);
	}
}

bool runtimes_are_here(void)
{
	return __atomic_load_n(&found, __ATOMIC_ACQUIRE) != 0;
}

size_t runtimes_merge(struct ledger *ledger, uint64_t *pc, size_t count, size_t max, bool *cut)
{
	uint64_t merged[RECORDED_FRAMES_MAX];
	size_t i;

	for (i = 0; i < RUNTIMES; i++) {
		const struct native_stack native = { .pc = pc, .count = count, .cut = *cut };
		size_t frames = 0;

		if (__atomic_load_n(&start_of[i], __ATOMIC_ACQUIRE))
			frames = script_frames_merge(ledger, table[i], &native, merged, max, cut);
		if (frames == 0)
			continue;
		memcpy(pc, merged, frames * sizeof(*pc));
		count = frames;
	}
	if (count <= max)
		return count;
	*cut = true;
	return max;
}
