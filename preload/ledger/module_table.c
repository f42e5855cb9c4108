/* SPDX-License-Identifier: MIT */
#include "preload/ledger/module_table.h"

#include <string.h>
#include "preload/ledger/ledger.h"

#define NO_MODULE UINT32_MAX

static struct recorded_module *row_at(const struct ledger *ledger, uint32_t index)
{
	return (struct recorded_module *)(void *)ledger_base(ledger, SECTION_MODULES) + index;
}

uint32_t module_count(const struct ledger *ledger)
{
	return (uint32_t)ledger_used(ledger, SECTION_MODULES);
}

/* 0: the row is not complete yet. */
static uint32_t loaded_seq(const struct recorded_module *row)
{
	return __atomic_load_n(&row->loaded_seq, __ATOMIC_ACQUIRE);
}

/* A row that is the parent's and stays so: the child notes apart what becomes of it. */
static uint32_t *unloaded_seq(const struct ledger *ledger, uint32_t index)
{
	return &ledger->unloaded.slots[index % ledger->unloaded.size];
}

static bool is_unloaded(const struct ledger *ledger, uint32_t index)
{
	return __atomic_load_n(unloaded_seq(ledger, index), __ATOMIC_ACQUIRE) != 0;
}

const struct recorded_module *module_at(const struct ledger *ledger, uint32_t index)
{
	const struct recording_section *section = ledger_section(ledger, SECTION_MODULES);
	const struct recorded_module *row = row_at(ledger, index);

	if (index >= section->inherited && index < recorded_first_own(section))
		return NULL;
	return loaded_seq(row) ? row : NULL;
}

uint32_t module_sequence(const struct ledger *ledger)
{
	return __atomic_load_n(&ledger->module_sequence, __ATOMIC_ACQUIRE);
}

static uint32_t next_sequence(struct ledger *ledger)
{
	return __atomic_add_fetch(&ledger->module_sequence, 1, __ATOMIC_RELAXED);
}

/* The module that covered PC at sequence SEQ: the youngest that is not younger. Or NO_MODULE. */
static uint32_t module_of(const struct ledger *ledger, uint64_t pc, uint32_t seq)
{
	uint32_t i, count = module_count(ledger), best = NO_MODULE, best_seq = 0;

	for (i = 0; i < count; i++) {
		const struct recorded_module *row = module_at(ledger, i);

		if (!row || pc < row->start || pc >= row->end || loaded_seq(row) > seq ||
		    loaded_seq(row) <= best_seq)
			continue;
		best = i;
		best_seq = loaded_seq(row);
	}
	return best;
}

bool module_is_loaded(const struct ledger *ledger, uint32_t index)
{
	return module_at(ledger, index) && !is_unloaded(ledger, index);
}

bool module_covers(const struct ledger *ledger, uint64_t pc)
{
	uint32_t index = module_of(ledger, pc, module_sequence(ledger));

	return index != NO_MODULE && !is_unloaded(ledger, index);
}

bool module_is_unloaded(const struct ledger *ledger, uint64_t pc, uint32_t seq)
{
	uint32_t index = module_of(ledger, pc, seq);

	return index != NO_MODULE && is_unloaded(ledger, index);
}

const char *module_path(const struct ledger *ledger, const struct recorded_module *module)
{
	return ledger_base(ledger, SECTION_STRINGS) + module->path;
}

bool module_is_same(const struct ledger *ledger, const struct recorded_module *row,
		    const struct recorded_module *found, const char *path)
{
	return row->start == found->start && row->end == found->end && row->bias == found->bias &&
	       row->build_id_size == found->build_id_size &&
	       memcmp(row->build_id, found->build_id, row->build_id_size) == 0 &&
	       strcmp(module_path(ledger, row), path) == 0;
}

/* The newest row of this module, loaded now or earlier, or NO_MODULE. */
static uint32_t find_row(const struct ledger *ledger, const struct recorded_module *found,
			 const char *path)
{
	uint32_t i;

	for (i = module_count(ledger); i > 0; i--) {
		const struct recorded_module *row = module_at(ledger, i - 1);

		if (row && module_is_same(ledger, row, found, path))
			return i - 1;
	}
	return NO_MODULE;
}

/*
 * Has another module lain where this one did since it was loaded? Its addresses belong to that one
 * then (see struct recorded_module), so a module that is back needs a row of its own.
 */
static bool superseded(const struct ledger *ledger, uint32_t index)
{
	const struct recorded_module *old = row_at(ledger, index);
	uint32_t i, count = module_count(ledger);

	for (i = 0; i < count; i++) {
		const struct recorded_module *row = module_at(ledger, i);

		if (row && loaded_seq(row) > loaded_seq(old) && row->start < old->end &&
		    row->end > old->start)
			return true;
	}
	return false;
}

/* The row is stored to only where it is in a file of ours. */
static void note_unloaded(struct ledger *ledger, uint32_t index, uint32_t seq)
{
	__atomic_store_n(unloaded_seq(ledger, index), seq, __ATOMIC_RELEASE);
	if (index >= recorded_first_own(ledger_section(ledger, SECTION_MODULES)))
		__atomic_store_n(&row_at(ledger, index)->unloaded_seq, seq, __ATOMIC_RELEASE);
}

enum module_news module_meet(struct ledger *ledger, const struct recorded_module *found,
			     const char *path)
{
	uint32_t index = find_row(ledger, found, path);

	if (index == NO_MODULE || (is_unloaded(ledger, index) && superseded(ledger, index)))
		return MODULE_NEW;
	if (!is_unloaded(ledger, index))
		return MODULE_KNOWN;
	note_unloaded(ledger, index, 0);
	return MODULE_BACK;
}

static uint32_t add_string(struct ledger *ledger, const char *text)
{
	size_t size = strlen(text) + 1;
	uint64_t place = ledger_append(ledger, SECTION_STRINGS, size);

	if (place == UINT64_MAX)
		return UINT32_MAX;
	memcpy(ledger_base(ledger, SECTION_STRINGS) + place, text, size);
	return (uint32_t)place;
}

void module_add(struct ledger *ledger, const struct recorded_module *found, const char *path)
{
	uint32_t place = add_string(ledger, path);
	struct recorded_module *row;
	uint64_t index;

	index = place == UINT32_MAX ? UINT64_MAX : ledger_append(ledger, SECTION_MODULES, 1);
	if (index == UINT64_MAX) {
		ledger_count_lost(ledger, LOST_MODULES);
		return;
	}
	row = row_at(ledger, (uint32_t)index);
	__atomic_store_n(unloaded_seq(ledger, (uint32_t)index), 0, __ATOMIC_RELAXED);
	row->start = found->start;
	row->end = found->end;
	row->bias = found->bias;
	row->file_size = found->file_size;
	row->file_mtime_ns = found->file_mtime_ns;
	row->path = place;
	row->build_id_size = found->build_id_size;
	memcpy(row->build_id, found->build_id, sizeof(row->build_id));
	/* Vouches for the row. */
	__atomic_store_n(&row->loaded_seq, next_sequence(ledger), __ATOMIC_RELEASE);
}

void module_unload(struct ledger *ledger, uint32_t index)
{
	note_unloaded(ledger, index, next_sequence(ledger));
}
