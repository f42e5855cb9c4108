/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_sections.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

#define RECORD_SIZE_MAX 4096u
#define READ_WINDOW     (64u * 1024)

/* What version 2 wrote for each section, and more than any honest recorder would. */
static const struct section_rule {
	const char *name;
	uint32_t record_size;
	uint64_t records_max;
	bool is_ring;
	bool is_interned; /* its first records may be in the parent's file */
} section_rules[SECTION_COUNT] = {
	[SECTION_DESCRIPTORS] = { .name = "descriptor table",
				  .record_size = sizeof(uint64_t),
				  .records_max = 1u << 24 },
	[SECTION_SOCKETS] = { .name = "socket table",
			      .record_size = sizeof(struct recorded_socket),
			      .records_max = 1u << 22 },
	[SECTION_STACKS] = { .name = "stacks",
			     .record_size = 1,
			     .records_max = 1u << 29,
			     .is_interned = true },
	[SECTION_MODULES] = { .name = "module table",
			      .record_size = sizeof(struct recorded_module),
			      .records_max = 1u << 14,
			      .is_interned = true },
	[SECTION_STRINGS] = { .name = "strings",
			      .record_size = 1,
			      .records_max = 1u << 26,
			      .is_interned = true },
	[SECTION_TOTALS] = { .name = "totals",
			     .record_size = sizeof(struct recorded_total),
			     .records_max = 1u << 19 },
	[SECTION_DEPARTURES] = { .name = "departures",
				 .record_size = sizeof(struct recorded_departure),
				 .records_max = 1u << 20,
				 .is_ring = true },
	[SECTION_BIRTHS] = { .name = "births",
			     .record_size = sizeof(struct recorded_birth),
			     .records_max = 1u << 20,
			     .is_ring = true },
	[SECTION_SCRIPTS] = { .name = "script table",
			      .record_size = sizeof(struct recorded_script),
			      .records_max = 1u << 22,
			      .is_interned = true },
	[SECTION_POLLERS] = { .name = "poller table",
			      .record_size = sizeof(struct recorded_poller),
			      .records_max = 1u << 20 },
};

/*
 * Checks one section's entry against our rule and the file. *count gets the records to read, and
 * *first the record where a ring's oldest one is.
 */
static bool check_section(struct recording_file *file, unsigned int id,
			  const struct recording_section *section, uint64_t *count, uint64_t *first)
{
	const struct section_rule *rule = &section_rules[id];
	const struct recording_extent *more = &file->recording->header.more[id];
	uint64_t records, bytes, front, end;

	*count = *first = 0;
	if (section->capacity == 0 || section->used == 0)
		return true;
	if (rule->record_size == 1 ? section->record_size != 1
				   : section->record_size < rule->record_size ||
					     section->record_size > RECORD_SIZE_MAX)
		return recording_file_fail(file, "is damaged: its %s has records of %u bytes",
					   rule->name, section->record_size);
	records = section->used < section->capacity ? section->used : section->capacity;
	if (records > rule->records_max)
		return recording_file_fail(file, "is damaged: its %s claims %llu records",
					   rule->name, (unsigned long long)records);
	bytes = records * section->record_size;
	if (section->offset < PREFIX_SIZE || section->offset % RECORDED_STACK_UNIT ||
	    section->offset > INT64_MAX - bytes)
		return recording_file_fail(file, "is damaged: its %s lies at %llu", rule->name,
					   (unsigned long long)section->offset);
	front = bytes < more->bytes || more->bytes == 0 ? bytes : more->bytes;
	if (front < bytes &&
	    (more->offset < PREFIX_SIZE || more->offset > (uint64_t)INT64_MAX - bytes))
		return recording_file_fail(file, "is damaged: its %s goes on at %llu", rule->name,
					   (unsigned long long)more->offset);
	end = front < bytes ? more->offset + bytes - front : 0;
	if (section->offset + front > end)
		end = section->offset + front;
	if (end > file->size)
		return recording_file_fail(file, "is cut short (%llu bytes, its %s ends at %llu)",
					   (unsigned long long)file->size, rule->name,
					   (unsigned long long)end);
	*count = records;
	if (rule->is_ring && section->used > section->capacity)
		*first = section->used % section->capacity;
	return true;
}

typedef bool read_bytes(struct recording_file *file, uint64_t offset, void *buffer, size_t size);

/* Reads SIZE bytes of section ID from byte AT on, which it has by check_section(), with READ. */
static bool read_section(struct recording_file *file, unsigned int id, uint64_t at, void *buffer,
			 uint64_t size, read_bytes *read)
{
	const struct recording_section *section = &file->recording->header.sections[id];
	const struct recording_extent *more = &file->recording->header.more[id];
	uint64_t front = 0;

	if (more->bytes == 0 || at + size <= more->bytes)
		return read(file, section->offset + at, buffer, size);
	if (at < more->bytes)
		front = more->bytes - at;
	return (front == 0 || read(file, section->offset + at, buffer, front)) &&
	       read(file, more->offset + at + front - more->bytes, (uint8_t *)buffer + front,
		    size - front);
}

bool recording_read_section(struct recording_file *file, unsigned int id, uint64_t at, void *buffer,
			    uint64_t size)
{
	return read_section(file, id, at, buffer, size, recording_file_read);
}

/* Reads RECORDS records of section ID from FIRST on, of the file's size, into rows of SIZE bytes.
 */
static bool read_records(struct recording_file *file, unsigned int id, uint64_t first, void *rows,
			 size_t size, uint64_t records)
{
	uint64_t record_size = file->recording->header.sections[id].record_size;
	uint64_t at = first * record_size, per_window = READ_WINDOW / record_size, done, i;
	uint8_t *window;
	bool ok = true;

	if (record_size == size)
		return read_section(file, id, at, rows, records * size, recording_file_read_sparse);
	window = allocate_zeroed(READ_WINDOW, 1);
	for (done = 0; ok && done < records; done += per_window) {
		uint64_t now = records - done < per_window ? records - done : per_window;

		ok = read_section(file, id, at + done * record_size, window, now * record_size,
				  recording_file_read);
		for (i = 0; ok && i < now; i++)
			memcpy((uint8_t *)rows + (done + i) * size, window + i * record_size, size);
	}
	free(window);
	return ok;
}

size_t recording_record_size(unsigned int id)
{
	return section_rules[id].record_size;
}

bool recording_load_section(struct recording_file *file, unsigned int id, size_t extra, void **rows,
			    size_t *count, uint64_t *first)
{
	struct recording_section *section = &file->recording->header.sections[id];
	size_t size = section_rules[id].record_size;
	uint64_t records, skipped = 0;

	*rows = NULL;
	*count = *first = 0;
	if (id >= file->recording->header.section_count)
		return true;
	if (!recording_file_read(file, PREFIX_SIZE + id * sizeof(*section), section,
				 sizeof(*section)))
		return false;
	if (!check_section(file, id, section, &records, first))
		return false;
	if (section_rules[id].is_interned) {
		*first = recorded_first_own(section);
		if (*first > records)
			*first = records;
		skipped = *first;
		records -= skipped;
	}
	/* calloc: large tables are zero pages until a part of the file is copied there. */
	*rows = calloc(records * size + extra + 1, 1);
	if (!*rows)
		return recording_file_fail(
			file, "does not fit into memory: its %s takes %llu bytes",
			section_rules[id].name, (unsigned long long)(records * size));
	*count = records;
	return records == 0 || read_records(file, id, skipped, *rows, size, records);
}
