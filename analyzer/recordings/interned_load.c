/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/interned_load.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/recording_header.h"
#include "analyzer/recordings/recording_sections.h"

/* Stacks before the modules and scripts that they refer to, strings last: see recording_bytes.h. */
static const enum recording_section_id interned_ids[] = { SECTION_STACKS, SECTION_SCRIPTS,
							  SECTION_MODULES, SECTION_STRINGS };
#define INTERNED_IDS (sizeof(interned_ids) / sizeof(interned_ids[0]))

static void check_modules(struct interned_section *section)
{
	struct recorded_module *modules = (struct recorded_module *)(void *)section->records;
	uint64_t i;

	for (i = 0; i < section->end - section->first; i++)
		if (modules[i].build_id_size > RECORDED_BUILD_ID_MAX)
			modules[i].build_id_size = 0;
}

static bool load_own(struct recording_file *file, struct interned *interned)
{
	size_t i, count;

	for (i = 0; i < INTERNED_IDS; i++) {
		enum recording_section_id id = interned_ids[i];
		struct interned_section *section = &interned->sections[id];

		/* A string ends within memory of ours. */
		if (!recording_load_section(file, id, id == SECTION_STRINGS,
					    (void **)&section->records, &count, &section->first))
			return false;
		section->end = section->first + count;
		section->record_size = recording_record_size(id);
		section->inherited = file->recording->header.sections[id].inherited;
	}
	check_modules(&interned->sections[SECTION_MODULES]);
	return true;
}

/* The file that HEADER refers to, in the folder of PATH; NULL: it refers to none in that folder. */
static char *parent_path(const char *path, const struct recording_header *header)
{
	size_t length = strnlen(header->parent_file, sizeof(header->parent_file));
	const char *slash = strrchr(path, '/');

	if (length == 0 || length == sizeof(header->parent_file) ||
	    strchr(header->parent_file, '/') || header->parent_file[0] == '.')
		return NULL;
	return allocate_printed("%.*s%s", slash ? (int)(slash - path + 1) : 0, path,
				header->parent_file);
}

static bool has_enough(const struct interned *interned, const struct recording_header *child)
{
	size_t i;

	for (i = 0; i < INTERNED_IDS; i++)
		if (interned->sections[interned_ids[i]].end <
		    child->sections[interned_ids[i]].inherited)
			return false;
	return true;
}

static struct interned *load_parent(const char *path, const struct recording_header *child);

struct interned *interned_load(struct recording_file *file)
{
	const struct recording_header *header = &file->recording->header;
	struct interned *interned = allocate_zeroed(1, sizeof(*interned));
	char *path;

	interned->references = 1;
	interned->user = file->recording->user;
	if (!load_own(file, interned)) {
		interned_release(interned);
		return NULL;
	}
	if (header->generation == 0)
		return interned;
	path = parent_path(file->recording->path, header);
	interned->parent = path ? load_parent(path, header) : NULL;
	free(path);
	interned->lacks_parent = !interned->parent || interned->parent->lacks_parent;
	if (interned->parent && interned->user == 0)
		interned->user = interned->parent->user;
	return interned;
}

/* The parent's generation is less than the child's: a chain ends, whatever is in the files. */
static bool is_parent(const struct recording_header *header, const struct recording_header *child)
{
	return child->generation <= RECORDED_GENERATIONS_MAX &&
	       header->generation < child->generation &&
	       header->start_ns == child->parent_file_start_ns;
}

/* What the parent's FILE, whose header is read, has interned: loaded, or in memory already. */
static struct interned *shared(struct recording_file *file, const struct recording_header *child)
{
	const struct interned_file key = { file->recording->device, file->recording->inode };
	struct interned *interned = interned_known(&key);

	if (interned && has_enough(interned, child)) {
		interned->references++;
		return interned;
	}
	interned = interned_load(file);
	if (interned)
		interned_share(&key, interned);
	return interned;
}

static struct interned *load_parent(const char *path, const struct recording_header *child)
{
	struct recording recording = { .path = (char *)(uintptr_t)path };
	char error[256];
	struct recording_file file = { .recording = &recording,
				       .error = error,
				       .error_size = sizeof(error) };
	struct interned *interned = NULL;

	if (recording_file_open(&file, path) && recording_load_header(&file) &&
	    is_parent(&recording.header, child))
		interned = shared(&file, child);
	if (file.fd >= 0)
		close(file.fd);
	if (interned && !has_enough(interned, child)) {
		interned_release(interned);
		return NULL;
	}
	return interned;
}
