/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/interned.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/module_index.h"

/* What was loaded last of each file and is in use still. */
static struct known_interned {
	struct interned_file file;
	struct interned *interned;
	UT_hash_handle hh;
} * known_files;

static struct known_interned *find(const struct interned_file *file)
{
	struct known_interned *known;

	HASH_FIND(hh, known_files, file, sizeof(*file), known);
	return known;
}

struct interned *interned_known(const struct interned_file *file)
{
	struct known_interned *known = find(file);

	return known ? known->interned : NULL;
}

void interned_share(const struct interned_file *file, struct interned *interned)
{
	struct known_interned *known = find(file);

	if (!known) {
		known = allocate_zeroed(1, sizeof(*known));
		known->file = *file;
		HASH_ADD(hh, known_files, file, sizeof(*file), known);
	}
	known->interned = interned;
	interned->file = *file;
}

void interned_release(struct interned *interned)
{
	struct known_interned *known;
	size_t i;

	if (!interned || --interned->references > 0)
		return;
	known = find(&interned->file);
	if (known && known->interned == interned) {
		HASH_DEL(known_files, known);
		free(known);
	}
	for (i = 0; i < SECTION_COUNT; i++)
		free(interned->sections[i].records);
	module_index_free(interned->modules);
	interned_release(interned->parent);
	free(interned);
}

/* Whose file has record INDEX of section ID, or NULL. */
static const struct interned *home_of(const struct interned *interned, enum recording_section_id id,
				      uint64_t index)
{
	for (; interned; interned = interned->parent) {
		const struct interned_section *section = &interned->sections[id];

		if (index < section->inherited)
			continue;
		return index >= section->first && index < section->end ? interned : NULL;
	}
	return NULL;
}

const void *interned_records(const struct interned *interned, enum recording_section_id id,
			     uint64_t index, uint64_t count)
{
	const struct interned *home = home_of(interned, id, index);
	const struct interned_section *section = home ? &home->sections[id] : NULL;

	if (!section || count > section->end - index)
		return NULL;
	return section->records + (index - section->first) * section->record_size;
}

bool interned_charge(struct interned *interned, uint64_t index, uint64_t size)
{
	struct interned *home =
		(struct interned *)(uintptr_t)home_of(interned, SECTION_STACKS, index);
	const struct interned_section *section = home ? &home->sections[SECTION_STACKS] : NULL;

	if (!section || size > section->end - section->first - home->charged)
		return false;
	home->charged += size;
	return true;
}
