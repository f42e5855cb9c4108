/* SPDX-License-Identifier: MIT */
#include "analyzer/recording_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/allocate.h"

/*
 * Rules of reading a file that may be hostile and may be written right now:
 *  - a number from the file is trusted only after it was held against the file's size and against
 *    a limit of ours; memory that a table takes is touched only where the file has bytes (holes
 *    stay untouched zero pages), so a small file can't ask for much;
 *  - rows are read before the stacks they refer to, stacks before modules and scripts, those before
 *    their strings, and each section's `used` is read just before the section: what a row refers to
 * had been published before the row, so it is found.
 */

#define PREFIX_SIZE offsetof(struct recording_header, sections)
#define REST_OFFSET offsetof(struct recording_header, ready)
#define REST_SIZE   (sizeof(struct recording_header) - REST_OFFSET)

#define HEADER_SIZE_MAX   65536u
#define SECTION_COUNT_MAX 64u
#define RECORD_SIZE_MAX   4096u
#define STRING_MAX        4096u
#define LIVE_ROW_REREADS  4
#define READ_WINDOW       (64u * 1024)

/* What version 1 wrote for each section, and more than any honest recorder would. */
static const struct section_rule {
	const char *name;
	uint32_t record_size;
	uint64_t records_max;
	bool is_ring;
} section_rules[SECTION_COUNT] = {
	[SECTION_DESCRIPTORS] = { "descriptor table", sizeof(uint64_t), 1u << 24, false },
	[SECTION_SOCKETS] = { "socket table", sizeof(struct recorded_socket), 1u << 22, false },
	[SECTION_STACKS] = { "stacks", 1, 1u << 29, false },
	[SECTION_MODULES] = { "module table", sizeof(struct recorded_module), 1u << 14, false },
	[SECTION_STRINGS] = { "strings", 1, 1u << 26, false },
	[SECTION_TOTALS] = { "totals", sizeof(struct recorded_total), 1u << 19, false },
	[SECTION_DEPARTURES] = { "departures", sizeof(struct recorded_departure), 1u << 20, true },
	[SECTION_BIRTHS] = { "births", sizeof(struct recorded_birth), 1u << 20, true },
	[SECTION_SCRIPTS] = { "script table", sizeof(struct recorded_script), 1u << 22, false },
};

/* The file being read. */
struct reading {
	int fd;
	uint64_t size;
	struct recording *recording;
	char *error;
	size_t error_size;
};

static bool __attribute__((format(printf, 2, 3)))
fail(struct reading *reading, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reading->error, reading->error_size, format, arguments);
	va_end(arguments);
	return false;
}

/* Reads SIZE bytes at OFFSET; a file that shrinks meanwhile counts as cut short. */
static bool read_exactly(struct reading *reading, uint64_t offset, void *buffer, size_t size)
{
	char *place = buffer;

	while (size) {
		ssize_t got = pread(reading->fd, place, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(reading, "cannot be read: %s", strerror(errno));
		if (got == 0)
			return fail(reading, "is cut short (it ends at byte %llu)",
				    (unsigned long long)offset);
		place += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

/* Like read_exactly into zeroed memory, but leaves the file's holes untouched. */
static bool read_sparse(struct reading *reading, uint64_t offset, void *buffer, size_t size)
{
	uint64_t end = offset + size, place = offset;

	while (place < end) {
		off_t content = lseek(reading->fd, (off_t)place, SEEK_DATA);
		off_t hole;

		if (content < 0 && errno == ENXIO)
			return true;
		if (content < 0)
			return read_exactly(reading, place, (char *)buffer + (place - offset),
					    end - place);
		if ((uint64_t)content >= end)
			return true;
		hole = lseek(reading->fd, content, SEEK_HOLE);
		if (hole <= content || (uint64_t)hole > end)
			hole = (off_t)end;
		if (!read_exactly(reading, (uint64_t)content,
				  (char *)buffer + ((uint64_t)content - offset),
				  (size_t)(hole - content)))
			return false;
		place = (uint64_t)hole;
	}
	return true;
}

/*
 * Checks one section's entry against our rule and the file. *count gets the records to read, and
 * *first the record where a ring's oldest one is.
 */
static bool check_section(struct reading *reading, unsigned int id,
			  const struct recording_section *section, uint64_t *count, uint64_t *first)
{
	const struct section_rule *rule = &section_rules[id];
	uint64_t records, bytes;

	*count = *first = 0;
	if (section->capacity == 0 || section->used == 0)
		return true;
	if (rule->record_size == 1 ? section->record_size != 1
				   : section->record_size < rule->record_size ||
					     section->record_size > RECORD_SIZE_MAX)
		return fail(reading, "is damaged: its %s has records of %u bytes", rule->name,
			    section->record_size);
	records = section->used < section->capacity ? section->used : section->capacity;
	if (records > rule->records_max)
		return fail(reading, "is damaged: its %s claims %llu records", rule->name,
			    (unsigned long long)records);
	bytes = records * section->record_size;
	if (section->offset < PREFIX_SIZE || section->offset % RECORDED_STACK_UNIT ||
	    section->offset > INT64_MAX - bytes)
		return fail(reading, "is damaged: its %s lies at %llu", rule->name,
			    (unsigned long long)section->offset);
	if (section->offset + bytes > reading->size)
		return fail(reading, "is cut short (%llu bytes, its %s ends at %llu)",
			    (unsigned long long)reading->size, rule->name,
			    (unsigned long long)(section->offset + bytes));
	*count = records;
	if (rule->is_ring && section->used > section->capacity)
		*first = section->used % section->capacity;
	return true;
}

/* Reads RECORDS records of the file's record size into rows of SIZE bytes. */
static bool read_records(struct reading *reading, const struct recording_section *section,
			 void *rows, size_t size, uint64_t records)
{
	uint64_t per_window = READ_WINDOW / section->record_size, done, i;
	uint8_t *window;
	bool ok = true;

	if (section->record_size == size)
		return read_sparse(reading, section->offset, rows, records * size);
	window = allocate_zeroed(READ_WINDOW, 1);
	for (done = 0; ok && done < records; done += per_window) {
		uint64_t now = records - done < per_window ? records - done : per_window;

		ok = read_exactly(reading, section->offset + done * section->record_size, window,
				  now * section->record_size);
		for (i = 0; ok && i < now; i++)
			memcpy((uint8_t *)rows + (done + i) * size,
			       window + i * section->record_size, size);
	}
	free(window);
	return ok;
}

/*
 * Reads section ID into a zeroed array of its own with room for EXTRA more bytes: *rows, *count
 * (rows). The rows are in the file's order; *first says where a ring's oldest one is.
 */
static bool load_section(struct reading *reading, unsigned int id, size_t extra, void **rows,
			 size_t *count, uint64_t *first)
{
	struct recording_section *section = &reading->recording->header.sections[id];
	size_t size = section_rules[id].record_size;
	uint64_t records;

	*rows = NULL;
	*count = *first = 0;
	if (id >= reading->recording->header.section_count)
		return true;
	if (!read_exactly(reading, PREFIX_SIZE + id * sizeof(*section), section, sizeof(*section)))
		return false;
	if (!check_section(reading, id, section, &records, first))
		return false;
	/* calloc: large tables are zero pages until a part of the file is copied there. */
	*rows = calloc(records * size + extra + 1, 1);
	if (!*rows)
		return fail(reading, "does not fit into memory: its %s takes %llu bytes",
			    section_rules[id].name, (unsigned long long)(records * size));
	*count = records;
	return records == 0 || read_records(reading, section, *rows, size, records);
}

/*
 * A row that was taken by another socket while it was copied mixes two sockets: read again until
 * its generation stands still, or drop it. Only a file without an end can be written still.
 */
static bool settle_socket_rows(struct reading *reading)
{
	struct recording *recording = reading->recording;
	const struct recording_section *section = &recording->header.sections[SECTION_SOCKETS];
	size_t i;

	for (i = 0; i < recording->socket_count; i++) {
		struct recorded_socket *row = &recording->sockets[i];
		uint64_t place = section->offset + i * section->record_size;
		unsigned int tries = 0;
		uint32_t life;

		if (!(row->life & LIFE_OPEN))
			continue;
		for (;;) {
			if (!read_exactly(reading, place, &life, sizeof(life)))
				return false;
			if ((life & LIFE_OPEN) &&
			    (life & ~(uint32_t)LIFE_BITS) == (row->life & ~(uint32_t)LIFE_BITS))
				break;
			if (!(life & LIFE_OPEN) || tries++ == LIVE_ROW_REREADS) {
				row->life = 0;
				break;
			}
			if (!read_exactly(reading, place, row, sizeof(*row)))
				return false;
			if (!(row->life & LIFE_OPEN))
				break;
		}
	}
	return true;
}

static bool load_sockets(struct reading *reading)
{
	struct recording *recording = reading->recording;
	uint64_t first;
	size_t i;

	if (!load_section(reading, SECTION_SOCKETS, 0, (void **)&recording->sockets,
			  &recording->socket_count, &first))
		return false;
	if (recording->header.end == END_NONE && !settle_socket_rows(reading))
		return false;
	for (i = 0; i < recording->socket_count; i++) {
		struct recorded_socket *row = &recording->sockets[i];

		if (!(row->life & LIFE_OPEN) && row->life)
			memset(row, 0, sizeof(*row));
	}
	return true;
}

static bool load_totals(struct reading *reading)
{
	struct recording *recording = reading->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!load_section(reading, SECTION_TOTALS, 0, (void **)&recording->totals, &count, &first))
		return false;
	for (i = 0; i < count; i++)
		if (recording->totals[i].count)
			recording->totals[kept++] = recording->totals[i];
	recording->total_count = kept;
	return true;
}

/* Turns the ring ROWS (oldest at FIRST) so that its oldest row comes first. */
static void straighten(void *rows, size_t size, size_t count, uint64_t first)
{
	uint8_t *turned;

	if (first == 0 || first >= count)
		return;
	turned = allocate_zeroed(count, size);
	memcpy(turned, (uint8_t *)rows + first * size, (count - first) * size);
	memcpy(turned + (count - first) * size, rows, first * size);
	memcpy(rows, turned, count * size);
	free(turned);
}

static bool load_departures(struct reading *reading)
{
	struct recording *recording = reading->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!load_section(reading, SECTION_DEPARTURES, 0, (void **)&recording->departures, &count,
			  &first))
		return false;
	straighten(recording->departures, sizeof(*recording->departures), count, first);
	for (i = 0; i < count; i++)
		if (recording->departures[i].closed_ns)
			recording->departures[kept++] = recording->departures[i];
	recording->departure_count = kept;
	return true;
}

static bool load_births(struct reading *reading)
{
	struct recording *recording = reading->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!load_section(reading, SECTION_BIRTHS, 0, (void **)&recording->births, &count, &first))
		return false;
	straighten(recording->births, sizeof(*recording->births), count, first);
	for (i = 0; i < count; i++)
		if (recording->births[i].ns)
			recording->births[kept++] = recording->births[i];
	recording->birth_count = kept;
	return true;
}

static bool load_modules(struct reading *reading)
{
	struct recording *recording = reading->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!load_section(reading, SECTION_MODULES, 0, (void **)&recording->modules, &count,
			  &first))
		return false;
	for (i = 0; i < count; i++) {
		struct recorded_module *module = &recording->modules[i];

		if (module->start >= module->end)
			continue;
		if (module->build_id_size > RECORDED_BUILD_ID_MAX)
			module->build_id_size = 0;
		recording->modules[kept++] = *module;
	}
	recording->module_count = kept;
	return true;
}

static bool load_sections(struct reading *reading)
{
	struct recording *recording = reading->recording;
	uint64_t first;

	/* Without a descriptor table a report misses numbers, so it is read like the others. */
	if (!load_section(reading, SECTION_DESCRIPTORS, 0, (void **)&recording->descriptors,
			  &recording->descriptor_count, &first))
		return false;
	if (!load_sockets(reading) || !load_totals(reading) || !load_departures(reading) ||
	    !load_births(reading))
		return false;
	if (!load_section(reading, SECTION_STACKS, 0, (void **)&recording->stacks,
			  &recording->stacks_size, &first))
		return false;
	if (!load_section(reading, SECTION_SCRIPTS, 0, (void **)&recording->scripts,
			  &recording->script_count, &first))
		return false;
	if (!load_modules(reading))
		return false;
	return load_section(reading, SECTION_STRINGS, 1, (void **)&recording->strings,
			    &recording->strings_size, &first);
}

/* The fields ahead of the section table; then where the table ends and the rest begins. */
static bool read_prefix(struct reading *reading)
{
	struct recording_header *header = &reading->recording->header;
	size_t size = reading->size < PREFIX_SIZE ? reading->size : PREFIX_SIZE;
	size_t magic = size < sizeof(header->magic) ? size : sizeof(header->magic);

	if (!read_exactly(reading, 0, header, size))
		return false;
	if (memcmp(header->magic, RECORDING_MAGIC, magic) != 0) {
		static const char zeros[sizeof(header->magic)];

		/* A recorder that died before its first store leaves only zeros. */
		if (memcmp(header->magic, zeros, magic) == 0)
			return fail(reading, "is not a finleak recording (it holds zeros: its "
					     "process may have died while starting)");
		return fail(reading, "is not a finleak recording");
	}
	if (size < PREFIX_SIZE)
		return fail(reading, "is cut short (%zu bytes)", size);
	if (header->byte_order == __builtin_bswap32(RECORDING_BYTE_ORDER))
		return fail(reading, "was recorded on a machine of other byte order");
	if (header->byte_order == 0)
		return fail(reading, "is incomplete: its process died while starting");
	if (header->byte_order != RECORDING_BYTE_ORDER)
		return fail(reading, "is damaged: its byte order reads 0x%08x", header->byte_order);
	if (header->version > RECORDING_VERSION)
		return fail(reading,
			    "was written by a newer finleak (format %u, this one reads %d)",
			    header->version, RECORDING_VERSION);
	if (header->version == 0)
		return fail(reading, "is damaged: its format is 0");
	return true;
}

/*
 * A later writer may have appended sections, an earlier one lacked some: the fields behind the
 * table then lie further on, or less far, by as many entries.
 */
static bool read_header(struct reading *reading)
{
	struct recording_header *header = &reading->recording->header;
	uint32_t known;
	uint64_t rest;

	if (!read_prefix(reading))
		return false;
	if (header->section_count < RECORDING_SECTIONS_MIN ||
	    header->section_count > SECTION_COUNT_MAX)
		return fail(reading, "is damaged: it claims %u sections", header->section_count);
	rest = PREFIX_SIZE + header->section_count * sizeof(struct recording_section);
	if (header->header_size < rest + REST_SIZE || header->header_size > HEADER_SIZE_MAX)
		return fail(reading, "is damaged: its header claims %u bytes", header->header_size);
	if (reading->size < header->header_size)
		return fail(reading, "is cut short (%llu of the %u bytes of its header)",
			    (unsigned long long)reading->size, header->header_size);
	known = header->section_count < SECTION_COUNT ? header->section_count : SECTION_COUNT;
	if (!read_exactly(reading, PREFIX_SIZE, header->sections,
			  known * sizeof(header->sections[0])) ||
	    !read_exactly(reading, rest, &header->ready, REST_SIZE))
		return false;
	if (header->ready != 1)
		return fail(reading, "is incomplete: its process died while starting");
	header->executable[sizeof(header->executable) - 1] = '\0';
	header->command[sizeof(header->command) - 1] = '\0';
	header->command[sizeof(header->command) - 2] = '\0';
	header->finleak_version[sizeof(header->finleak_version) - 1] = '\0';
	if (header->pid <= 0)
		return fail(reading, "is damaged: its process id is %d", header->pid);
	return true;
}

struct recording *recording_read(const char *path, char *error, size_t error_size)
{
	struct reading reading = { .fd = -1, .error = error, .error_size = error_size };
	struct stat status;
	bool ok = false;

	reading.recording = allocate_zeroed(1, sizeof(*reading.recording));
	reading.recording->path = allocate_text(path);
	/* O_NONBLOCK: a FIFO by that name must not hold us. */
	reading.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (reading.fd < 0 || fstat(reading.fd, &status) < 0) {
		fail(&reading, "cannot be opened: %s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		fail(&reading, "is not a finleak recording (no regular file)");
		goto out;
	}
	if (status.st_size == 0) {
		fail(&reading, "is empty");
		goto out;
	}
	reading.size = (uint64_t)status.st_size;
	reading.recording->device = status.st_dev;
	reading.recording->inode = status.st_ino;
	ok = read_header(&reading) && load_sections(&reading);
out:
	if (reading.fd >= 0)
		close(reading.fd);
	if (ok)
		return reading.recording;
	recording_free(reading.recording);
	return NULL;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	free(recording->path);
	free(recording->descriptors);
	free(recording->sockets);
	free(recording->modules);
	free(recording->totals);
	free(recording->departures);
	free(recording->births);
	free(recording->stacks);
	free(recording->scripts);
	free(recording->strings);
	free(recording);
}

const uint64_t *recording_stack(const struct recording *recording, uint32_t id, size_t *count,
				uint32_t *seq)
{
	uint64_t offset = (uint64_t)id * RECORDED_STACK_UNIT;
	const struct recorded_stack *stack;

	*count = 0;
	*seq = 0;
	if (id == 0 || offset + sizeof(*stack) > recording->stacks_size)
		return NULL;
	stack = (const struct recorded_stack *)(recording->stacks + offset);
	if (stack->frames == 0 || stack->frames > RECORDED_FRAMES_MAX)
		return NULL;
	if (offset + sizeof(*stack) + stack->frames * sizeof(uint64_t) > recording->stacks_size)
		return NULL;
	*count = stack->frames;
	*seq = stack->seq;
	return stack->pc;
}

const struct recorded_module *recording_module_at(const struct recording *recording,
						  uint64_t address, uint32_t seq)
{
	const struct recorded_module *best = NULL;
	size_t i;

	for (i = 0; i < recording->module_count; i++) {
		const struct recorded_module *module = &recording->modules[i];

		if (address < module->start || address >= module->end || module->loaded_seq > seq)
			continue;
		if (!best || module->loaded_seq > best->loaded_seq)
			best = module;
	}
	return best;
}

static const char *string_at(const struct recording *recording, uint32_t offset)
{
	const char *text;

	if (offset >= recording->strings_size)
		return "";
	text = recording->strings + offset;
	/* The byte behind the section is ours and NUL. */
	return strnlen(text, STRING_MAX) < STRING_MAX ? text : "";
}

const char *recording_module_path(const struct recording *recording,
				  const struct recorded_module *module)
{
	return module ? string_at(recording, module->path) : "";
}

bool recording_script(const struct recording *recording, uint64_t frame, struct script_place *place)
{
	const struct recorded_script *row;

	*place = (struct script_place){ .file = "", .function = "" };
	if (!recorded_is_script(frame) || recorded_script_row(frame) >= recording->script_count)
		return false;
	row = &recording->scripts[recorded_script_row(frame)];
	place->file = string_at(recording, row->file);
	place->function = string_at(recording, row->function);
	/* Wider ones would not survive the way through JSON and its readers. */
	place->line = row->line <= INT32_MAX ? row->line : 0;
	return true;
}
