/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_header.h"

#include <string.h>

/* Behind the table of sections: single fields, a table of where sections go on, appended fields. */
#define FIELDS_SIZE                                                                                \
	(offsetof(struct recording_header, more) - offsetof(struct recording_header, ready))
#define APPENDED_SIZE (sizeof(struct recording_header) - offsetof(struct recording_header, polled))

#define HEADER_SIZE_MAX   65536u
#define SECTION_COUNT_MAX 64u

/* The fields ahead of the section table; then where the table ends and the rest begins. */
static bool read_prefix(struct recording_file *file)
{
	struct recording_header *header = &file->recording->header;
	size_t size = file->size < PREFIX_SIZE ? file->size : PREFIX_SIZE;
	size_t magic = size < sizeof(header->magic) ? size : sizeof(header->magic);

	if (!recording_file_read(file, 0, header, size))
		return false;
	if (memcmp(header->magic, RECORDING_MAGIC, magic) != 0) {
		static const char zeros[sizeof(header->magic)];

		/* A recorder that died before its first store leaves only zeros. */
		if (memcmp(header->magic, zeros, magic) == 0)
			return recording_file_fail(
				file, "is not a finleak recording (it holds zeros: its "
				      "process may have died while starting)");
		return recording_file_fail(file, "is not a finleak recording");
	}
	if (size < PREFIX_SIZE)
		return recording_file_fail(file, "is cut short (%zu bytes)", size);
	if (header->byte_order == __builtin_bswap32(RECORDING_BYTE_ORDER))
		return recording_file_fail(file,
					   "was recorded on a machine with another byte order");
	if (header->byte_order == 0)
		return recording_file_fail(file, "is incomplete: its process died while starting");
	if (header->byte_order != RECORDING_BYTE_ORDER)
		return recording_file_fail(file, "is damaged: its byte order reads 0x%08x",
					   header->byte_order);
	if (header->version > RECORDING_VERSION)
		return recording_file_fail(
			file, "was written by a newer finleak (format %u, this one reads %d)",
			header->version, RECORDING_VERSION);
	if (header->version == 0)
		return recording_file_fail(file, "is damaged: its format is 0");
	if (header->version < RECORDING_VERSION)
		return recording_file_fail(
			file,
			"was written by an older finleak (format %u, this one reads "
			"%d): record again",
			header->version, RECORDING_VERSION);
	return true;
}

/*
 * Reads what is behind the table of sections. A later writer may have appended sections and fields,
 * an earlier one lacked some: both tables are then longer or shorter by as many entries, and what
 * was not written is 0.
 */
static bool read_rest(struct recording_file *file, uint32_t known)
{
	struct recording_header *header = &file->recording->header;
	uint64_t fields = PREFIX_SIZE + header->section_count * sizeof(header->sections[0]);
	uint64_t more = fields + FIELDS_SIZE;
	uint64_t appended = more + header->section_count * sizeof(header->more[0]);
	uint64_t written;

	if (header->header_size < appended || header->header_size > HEADER_SIZE_MAX)
		return recording_file_fail(file, "is damaged: its header claims %u bytes",
					   header->header_size);
	if (file->size < header->header_size)
		return recording_file_fail(file,
					   "is cut short (%llu of the %u bytes of its header)",
					   (unsigned long long)file->size, header->header_size);
	written = header->header_size - appended;
	return recording_file_read(file, fields, &header->ready, FIELDS_SIZE) &&
	       recording_file_read(file, more, header->more, known * sizeof(header->more[0])) &&
	       recording_file_read(file, appended, &header->polled,
				   written < APPENDED_SIZE ? written : APPENDED_SIZE);
}

bool recording_load_header(struct recording_file *file)
{
	struct recording_header *header = &file->recording->header;
	uint32_t known;

	if (!read_prefix(file))
		return false;
	if (header->section_count < RECORDING_SECTIONS_MIN ||
	    header->section_count > SECTION_COUNT_MAX)
		return recording_file_fail(file, "is damaged: it claims %u sections",
					   header->section_count);
	known = header->section_count < SECTION_COUNT ? header->section_count : SECTION_COUNT;
	if (!recording_file_read(file, PREFIX_SIZE, header->sections,
				 known * sizeof(header->sections[0])) ||
	    !read_rest(file, known))
		return false;
	if (header->ready != 1)
		return recording_file_fail(file, "is incomplete: its process died while starting");
	header->executable[sizeof(header->executable) - 1] = '\0';
	header->command[sizeof(header->command) - 1] = '\0';
	header->command[sizeof(header->command) - 2] = '\0';
	header->parent_file[sizeof(header->parent_file) - 1] = '\0';
	header->finleak_version[sizeof(header->finleak_version) - 1] = '\0';
	if (header->pid <= 0)
		return recording_file_fail(file, "is damaged: its process id is %d", header->pid);
	return true;
}
