/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/recordings/recording_reader.h"
#include "analyzer/rules/births.h"
#include "tests/unit/recording_builder.h"

struct fixture {
	char *folder;
	char path[128];
	char error[256];
	struct recording_builder builder;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const uint64_t pc[] = { 0x401010, 0x7f0020, 0x401030 };
	struct recorded_socket *row;
	uint32_t stack;

	fixture->folder = builder_new_folder();
	snprintf(fixture->path, sizeof(fixture->path), "%s/1.finleak", fixture->folder);
	builder_begin(&fixture->builder, 77, 76);
	builder_add_module(&fixture->builder, "/opt/server", 0x400000, 0x500000);
	builder_add_module(&fixture->builder, "/lib/libx.so", 0x7f0000, 0x800000);
	stack = builder_add_stack(&fixture->builder, pc, 3);
	row = builder_add_socket(&fixture->builder, 5, 42);
	row->opened_stack = stack;
	row->eof_ns = at_ms(3000);
	builder_add_total(&fixture->builder, DECIDED_EOF, 3, 2);
	builder_add_departure(&fixture->builder, 43)->closed_ns = at_ms(4000);
	builder_add_birth(&fixture->builder, 78);
	builder_add_script(&fixture->builder, "/opt/app/server.py", "Handler.handle", 17);
	fixture->builder.pollers[0].thread = 77;
	fixture->builder.poller_count = 1;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	builder_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

static struct recording *read_built(struct fixture *fixture)
{
	builder_write(&fixture->builder, fixture->path);
	return recording_read(fixture->path, fixture->error, sizeof(fixture->error));
}

static void write_bytes(struct fixture *fixture, const void *bytes, size_t size)
{
	FILE *file = fopen(fixture->path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void assert_refused(struct fixture *fixture, const char *with)
{
	struct recording *recording =
		recording_read(fixture->path, fixture->error, sizeof(fixture->error));

	assert_null(recording);
	if (!strstr(fixture->error, with))
		fail_msg("'%s' does not say '%s'", fixture->error, with);
	assert_null(strchr(fixture->error, '\n'));
}

static void test_good(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording = read_built(fixture);
	const uint64_t *pc;
	size_t count;
	uint32_t seq;

	assert_non_null(recording);
	assert_int_equal(recording->header.pid, 77);
	assert_int_equal(recording->socket_count, 1);
	assert_int_equal(recording->sockets[0].cookie, 42);
	assert_int_equal(recorded_descriptor_row(recording->descriptors[5]), 1);
	assert_int_equal(recording->total_count, 1);
	assert_int_equal(recording->departure_count, 1);
	assert_int_equal(recording->birth_count, 1);
	pc = recording_stack(recording, recording->sockets[0].opened_stack, &count, &seq);
	assert_non_null(pc);
	assert_int_equal(count, 3);
	assert_int_equal(pc[1], 0x7f0020);
	assert_string_equal(
		recording_module_path(recording, recording_module_at(recording, pc[1], seq)),
		"/lib/libx.so");
	assert_null(recording_module_at(recording, 0x900000, seq));
	recording_free(recording);
}

static void test_module_by_sequence(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;

	/* dlclose, then another library at the same place. */
	builder_add_module(&fixture->builder, "/lib/liby.so", 0x7f0000, 0x800000)->loaded_seq = 5;
	recording = read_built(fixture);
	assert_non_null(recording);
	assert_string_equal(
		recording_module_path(recording, recording_module_at(recording, 0x7f0010, 4)),
		"/lib/libx.so");
	assert_string_equal(
		recording_module_path(recording, recording_module_at(recording, 0x7f0010, 5)),
		"/lib/liby.so");
	recording_free(recording);
}

static void test_ring_oldest_first(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;
	size_t size, i;
	uint8_t *bytes;
	struct recording_header *header;

	fixture->builder.departure_count = 0;
	for (i = 0; i < BUILDER_ROWS; i++)
		builder_add_departure(&fixture->builder, i + 1)->closed_ns = at_ms(1500);
	bytes = builder_bytes(&fixture->builder, &size);
	header = (void *)bytes;
	/* Ten more than the ring holds: rows 0 to 9 are the newest. */
	header->sections[SECTION_DEPARTURES].used = BUILDER_ROWS + 10;
	write_bytes(fixture, bytes, size);
	free(bytes);
	recording = recording_read(fixture->path, fixture->error, sizeof(fixture->error));
	assert_non_null(recording);
	assert_int_equal(recording->departure_count, BUILDER_ROWS);
	assert_int_equal(recording->departures[0].cookie, 11);
	assert_int_equal(recording->departures[BUILDER_ROWS - 1].cookie, 10);
	recording_free(recording);
}

static void add_birth(struct fixture *fixture, int pid, uint64_t ms, uint32_t stack)
{
	struct recorded_birth *birth = builder_add_birth(&fixture->builder, pid);

	birth->ns = at_ms(ms);
	birth->stack = stack;
}

static void assert_birth(const struct recording *recording, int pid, uint64_t ns, uint32_t stack)
{
	const struct recorded_birth *birth = births_find(recording, pid, ns);

	assert_int_equal(birth ? birth->stack : 0, stack);
}

/* A pid is used again, and children that were born unseen have none. */
static void test_the_last_birth_before_a_time_is_found(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;

	fixture->builder.birth_count = 0;
	add_birth(fixture, 30, 1000, 5);
	add_birth(fixture, 0, 1100, 6);
	add_birth(fixture, 20, 1200, 7);
	add_birth(fixture, 30, 1300, 8);
	add_birth(fixture, 30, 1400, 0);
	add_birth(fixture, 0, 1500, 9);
	builder_write(&fixture->builder, fixture->path);
	recording = recording_read(fixture->path, fixture->error, sizeof(fixture->error));
	assert_non_null(recording);
	assert_birth(recording, 30, UINT64_MAX, 8);
	assert_birth(recording, 30, at_ms(1300), 8);
	assert_birth(recording, 30, at_ms(1299), 5);
	assert_birth(recording, 30, at_ms(999), 0);
	assert_birth(recording, 20, UINT64_MAX, 7);
	assert_birth(recording, 0, at_ms(1499), 6);
	assert_birth(recording, 0, UINT64_MAX, 9);
	assert_birth(recording, 25, UINT64_MAX, 0);
	assert_birth(NULL, 30, UINT64_MAX, 0);
	recording_free(recording);
}

static void test_empty(void **state)
{
	write_bytes(*state, "", 0);
	assert_refused(*state, "is empty");
}

static void test_foreign(void **state)
{
	write_bytes(*state,
		    "\x7f"
		    "ELF, or anything else that is not ours",
		    40);
	assert_refused(*state, "is not a finleak recording");
}

static void test_folder_and_missing(void **state)
{
	struct fixture *fixture = *state;

	assert_refused(fixture, "cannot be opened");
	assert_int_equal(mkdir(fixture->path, 0700), 0);
	assert_refused(fixture, "is not a finleak recording");
	rmdir(fixture->path);
}

/* Cut anywhere in the header, a recording is refused; it never reads beyond the end. */
static void test_cut_in_header(void **state)
{
	struct fixture *fixture = *state;
	size_t size, cut;
	uint8_t *bytes = builder_bytes(&fixture->builder, &size);

	for (cut = 1; cut < sizeof(struct recording_header); cut++) {
		write_bytes(fixture, bytes, cut);
		assert_refused(fixture, "is cut short");
	}
	free(bytes);
}

static void test_cut_in_sections(void **state)
{
	struct fixture *fixture = *state;
	size_t size, i;
	uint8_t *bytes = builder_bytes(&fixture->builder, &size);

	for (i = 0; i < SECTION_COUNT; i++) {
		const struct recording_section *section = &fixture->builder.header.sections[i];
		uint64_t end = section->offset + section->used * section->record_size;

		write_bytes(fixture, bytes, section->offset);
		assert_refused(fixture, "is cut short");
		write_bytes(fixture, bytes, end - 1);
		assert_refused(fixture, "is cut short");
	}
	free(bytes);
}

static void test_newer(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.version = RECORDING_VERSION + 1;
	assert_null(read_built(fixture));
	assert_non_null(strstr(fixture->error, "was written by a newer finleak (format 3, this "
					       "one reads 2)"));
}

static void test_older(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.version = RECORDING_VERSION - 1;
	assert_null(read_built(fixture));
	assert_non_null(strstr(fixture->error, "was written by an older finleak (format 1, this "
					       "one reads 2): record again"));
}

static void test_other_byte_order(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.byte_order = 0x04030201;
	fixture->builder.header.version = 0x01000000;
	assert_null(read_built(fixture));
	assert_non_null(strstr(fixture->error, "byte order"));
}

static void test_not_ready(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.ready = 0;
	assert_null(read_built(fixture));
	assert_non_null(strstr(fixture->error, "its process died while starting"));
}

#define APPENDED_FIELDS                                                                            \
	(sizeof(struct recording_header) - offsetof(struct recording_header, polled))

static uint8_t *put(uint8_t *to, const void *from, size_t size)
{
	return (uint8_t *)memcpy(to, from, size) + size;
}

/* Of BUILDER, the file of a writer that knows COUNT sections and FIELDS bytes of appended fields.
 */
static uint8_t *bytes_of_writer(struct recording_builder *builder, uint32_t count, size_t fields,
				size_t *size)
{
	uint8_t *bytes = builder_bytes(builder, size), *to = bytes;
	struct recording_header *header = (void *)bytes;
	const struct recording_header own = *header;
	const uint32_t known = count < SECTION_COUNT ? count : SECTION_COUNT;

	to += offsetof(struct recording_header, sections);
	put(to, own.sections, known * sizeof(own.sections[0]));
	to += count * sizeof(own.sections[0]);
	to = put(to, &own.ready,
		 offsetof(struct recording_header, more) -
			 offsetof(struct recording_header, ready));
	put(to, own.more, known * sizeof(own.more[0]));
	to += count * sizeof(own.more[0]);
	put(to, &own.polled, APPENDED_FIELDS);
	to += fields;
	header->section_count = count;
	header->header_size = (uint32_t)(to - bytes);
	return bytes;
}

static struct recording *read_of_writer(struct fixture *fixture, uint32_t count, size_t fields)
{
	struct recording *recording;
	size_t size;
	uint8_t *bytes = bytes_of_writer(&fixture->builder, count, fields, &size);

	write_bytes(fixture, bytes, size);
	free(bytes);
	recording = recording_read(fixture->path, fixture->error, sizeof(fixture->error));
	assert_non_null(recording);
	assert_int_equal(recording->header.pid, 77);
	assert_int_equal(recording->sockets[0].cookie, 42);
	return recording;
}

/* A later writer of the same version appends sections and header fields. */
static void test_appended_section(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;

	fixture->builder.header.crashed_ns = 5;
	recording = read_of_writer(fixture, SECTION_COUNT + 1, APPENDED_FIELDS + 16);
	assert_int_equal(recording->header.crashed_ns, 5);
	recording_free(recording);
}

/* An earlier writer of the same version lacks the sections that were appended since. */
static void test_lacking_section(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording =
		read_of_writer(fixture, RECORDING_SECTIONS_MIN, APPENDED_FIELDS);
	uint8_t *bytes;
	size_t size;

	assert_int_equal(recording->poller_count, 0);
	recording_free(recording);

	bytes = builder_bytes(&fixture->builder, &size);
	((struct recording_header *)(void *)bytes)->section_count = RECORDING_SECTIONS_MIN - 1;
	write_bytes(fixture, bytes, size);
	assert_refused(fixture, "sections");
	free(bytes);
}

/* Nor does it have the fields that were appended since: they are 0. */
static void test_lacking_fields(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;
	size_t size;
	uint8_t *bytes;

	fixture->builder.header.crashed_ns = 5;
	recording = read_of_writer(fixture, SECTION_COUNT, 0);
	assert_int_equal(recording->header.polled.thread, 0);
	assert_int_equal(recording->header.crashed_ns, 0);
	recording_free(recording);

	bytes = bytes_of_writer(&fixture->builder, SECTION_COUNT, 0, &size);
	((struct recording_header *)(void *)bytes)->header_size--;
	write_bytes(fixture, bytes, size);
	assert_refused(fixture, "its header claims");
	free(bytes);
}

static void test_script(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;
	struct script_place place;

	fixture->builder.scripts[1] = (struct recorded_script){
		.file = UINT32_MAX,
		.function = BUILDER_STACKS_BYTES,
		.line = UINT32_MAX,
		.language = UINT32_MAX,
	};
	/* As an older recorder wrote it. */
	fixture->builder.scripts[2] = fixture->builder.scripts[0];
	fixture->builder.scripts[2].language = 0;
	fixture->builder.script_count = 3;
	recording = read_built(fixture);
	assert_non_null(recording);
	assert_true(recording_script(recording, RECORDED_SCRIPT_FRAME, &place));
	assert_string_equal(place.file, "/opt/app/server.py");
	assert_string_equal(place.function, "Handler.handle");
	assert_int_equal(place.line, 17);
	assert_string_equal(place.language, "python");
	/* Strings that lie nowhere. */
	assert_true(recording_script(recording, RECORDED_SCRIPT_FRAME | 1, &place));
	assert_string_equal(place.file, "");
	assert_string_equal(place.function, "");
	assert_string_equal(place.language, "");
	assert_int_equal(place.line, 0);
	assert_true(recording_script(recording, RECORDED_SCRIPT_FRAME | 2, &place));
	assert_string_equal(place.function, "Handler.handle");
	assert_string_equal(place.language, "");
	/* Rows that there are none of, and addresses that are no rows. */
	assert_false(recording_script(recording, RECORDED_SCRIPT_FRAME | 3, &place));
	assert_false(recording_script(recording, RECORDED_SCRIPT_FRAME | UINT32_MAX, &place));
	assert_false(recording_script(recording, 0, &place));
	assert_false(recording_script(recording, UINT64_MAX, &place));
	assert_string_equal(place.function, "");
	recording_free(recording);
}

/* A later writer of the same version appends fields to rows. */
static void test_longer_rows(void **state)
{
	struct fixture *fixture = *state;
	size_t size, place;
	uint8_t *bytes;
	struct recording_section *section;
	struct recording *recording;

	builder_add_socket(&fixture->builder, 6, 99);
	bytes = builder_bytes(&fixture->builder, &size);
	section = &((struct recording_header *)(void *)bytes)->sections[SECTION_SOCKETS];
	place = section->offset;
	section->record_size += 64;
	memmove(bytes + place + section->record_size,
		bytes + place + sizeof(struct recorded_socket), sizeof(struct recorded_socket));
	write_bytes(fixture, bytes, size);
	free(bytes);
	recording = recording_read(fixture->path, fixture->error, sizeof(fixture->error));
	assert_non_null(recording);
	assert_int_equal(recording->sockets[1].cookie, 99);
	recording_free(recording);
}

/* Wild numbers in each field of each section's entry: refused, or read without harm. */
static void test_wild_sections(void **state)
{
	static const uint64_t wild[] = { 0,          1,          7,
					 0xffffffff, UINT64_MAX, UINT64_MAX - 16384,
					 1ull << 40, 1ull << 62, 1ull << 63 };
	struct fixture *fixture = *state;
	size_t size, i, field, number;

	for (i = 0; i < SECTION_COUNT; i++) {
		for (field = 0; field < 4; field++) {
			for (number = 0; number < sizeof(wild) / sizeof(wild[0]); number++) {
				uint8_t *bytes = builder_bytes(&fixture->builder, &size);
				struct recording_header *header = (void *)bytes;
				struct recording_section *section = &header->sections[i];
				struct recording *recording;

				if (field == 0)
					section->offset = wild[number];
				else if (field == 1)
					section->capacity = wild[number];
				else if (field == 2)
					section->used = wild[number];
				else
					section->record_size = (uint32_t)wild[number];
				write_bytes(fixture, bytes, size);
				free(bytes);
				recording = recording_read(fixture->path, fixture->error,
							   sizeof(fixture->error));
				recording_free(recording);
			}
		}
	}
}

/* A sparse file that claims much: what it holds is what is read. */
static void test_sparse_claim(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;
	struct recording_header *header;
	size_t size;
	uint8_t *bytes = builder_bytes(&fixture->builder, &size);

	header = (void *)bytes;
	header->sections[SECTION_SOCKETS].capacity = 1ull << 40;
	header->sections[SECTION_SOCKETS].used = 1ull << 40;
	write_bytes(fixture, bytes, size);
	assert_int_equal(truncate(fixture->path, 1ll << 42), 0);
	assert_refused(fixture, "is damaged");
	header->sections[SECTION_SOCKETS].capacity = 1u << 20;
	header->sections[SECTION_SOCKETS].used = 1u << 20;
	header->sections[SECTION_SOCKETS].offset =
		header->sections[SECTION_BIRTHS].offset + RECORDING_CHUNK;
	write_bytes(fixture, bytes, size);
	assert_int_equal(truncate(fixture->path, 1ll << 30), 0);
	recording = recording_read(fixture->path, fixture->error, sizeof(fixture->error));
	assert_non_null(recording);
	assert_int_equal(recording->socket_count, 1u << 20);
	recording_free(recording);
	free(bytes);
}

/* The file has COUNT open sockets with these COOKIES. */
static void assert_sockets(struct fixture *fixture, const uint64_t *cookies, size_t count)
{
	struct recording *recording =
		recording_read(fixture->path, fixture->error, sizeof(fixture->error));
	size_t i;

	assert_non_null(recording);
	assert_int_equal(recording->socket_count, count);
	for (i = 0; i < count; i++) {
		assert_int_equal(recording->sockets[i].cookie, cookies[i]);
		assert_true(recording->sockets[i].life & LIFE_OPEN);
	}
	recording_free(recording);
}

/*
 * A section whose rest lies elsewhere is read as one; a record may lie across the gap. So is one
 * that may still be written, whose rows are read twice.
 */
static void test_section_in_two_pieces(void **state)
{
	const uint64_t cookies[] = { 42, 44, 45 };
	const size_t front = sizeof(struct recorded_socket) + 40;
	struct fixture *fixture = *state;
	struct recording_header *header;
	uint8_t *bytes, *longer, *rest;
	struct recording_section *section;
	size_t size;

	builder_add_socket(&fixture->builder, 6, 44);
	builder_add_socket(&fixture->builder, 7, 45);
	bytes = builder_bytes(&fixture->builder, &size);
	longer = calloc(1, size + RECORDING_CHUNK);
	memcpy(longer, bytes, size);
	header = (void *)longer;
	section = &header->sections[SECTION_SOCKETS];
	header->more[SECTION_SOCKETS] = (struct recording_extent){ front, size };
	rest = longer + section->offset + front;
	memcpy(longer + size, rest, 3 * sizeof(struct recorded_socket) - front);
	memset(rest, 0xee, 3 * sizeof(struct recorded_socket) - front);
	header->end = END_EXIT;
	write_bytes(fixture, longer, size + RECORDING_CHUNK);
	assert_sockets(fixture, cookies, 3);
	header->end = END_NONE;
	write_bytes(fixture, longer, size + RECORDING_CHUNK);
	assert_sockets(fixture, cookies, 3);
	/* What lies nowhere is no section. */
	header->more[SECTION_SOCKETS].offset = size + RECORDING_CHUNK - 16;
	write_bytes(fixture, longer, size + RECORDING_CHUNK);
	assert_refused(fixture, "is cut short");
	header->more[SECTION_SOCKETS].offset = UINT64_MAX - 8;
	write_bytes(fixture, longer, size + RECORDING_CHUNK);
	assert_refused(fixture, "is damaged");
	free(longer);
	free(bytes);
}

static void test_wild_ids(void **state)
{
	struct fixture *fixture = *state;
	struct recorded_stack *stack = (void *)(fixture->builder.stacks + RECORDED_STACK_UNIT);
	const struct recorded_module *first, *second;
	struct recording *recording;
	size_t count;
	uint32_t seq, id;

	/* The only stack claims more frames than the section has. */
	stack->frames = 200;
	fixture->builder.modules[0].path = 0xfffffff0;
	fixture->builder.modules[1].build_id_size = 1u << 30;
	memset(fixture->builder.strings, 'x', sizeof(fixture->builder.strings));
	fixture->builder.strings_used = sizeof(fixture->builder.strings);
	recording = read_built(fixture);
	assert_non_null(recording);
	for (id = 0; id < 64; id++)
		assert_null(recording_stack(recording, id, &count, &seq));
	assert_null(recording_stack(recording, UINT32_MAX, &count, &seq));
	assert_int_equal(count, 0);
	first = recording_module_at(recording, 0x400000, UINT32_MAX);
	second = recording_module_at(recording, 0x7f0000, UINT32_MAX);
	assert_string_equal(recording_module_path(recording, first), "");
	assert_int_equal(second->build_id_size, 0);
	/* 8192 bytes without an end are no path. */
	assert_string_equal(recording_module_path(recording, second), "");
	recording_free(recording);
}

static void test_unterminated_names(void **state)
{
	struct fixture *fixture = *state;
	struct recording *recording;

	memset(fixture->builder.header.executable, 'e', RECORDED_EXE_MAX);
	memset(fixture->builder.header.command, 'c', RECORDED_COMMAND_MAX);
	recording = read_built(fixture);
	assert_non_null(recording);
	assert_int_equal(strlen(recording->header.executable), RECORDED_EXE_MAX - 1);
	assert_int_equal(strlen(recording->header.command), RECORDED_COMMAND_MAX - 2);
	recording_free(recording);
}

/* What a forked child refers to: all that 1.finleak has. */
struct referring {
	const char *parent_file;
	uint64_t parent_start_ns;
	uint32_t generation;
	uint32_t inherited[SECTION_COUNT];
};

static struct referring refer_to(struct fixture *fixture)
{
	struct referring referring = { .parent_file = "1.finleak",
				       .parent_start_ns = fixture->builder.header.start_ns,
				       .generation = 1 };

	referring.inherited[SECTION_STACKS] = (uint32_t)fixture->builder.stacks_used;
	referring.inherited[SECTION_MODULES] = (uint32_t)fixture->builder.module_count;
	referring.inherited[SECTION_STRINGS] = (uint32_t)fixture->builder.strings_used;
	referring.inherited[SECTION_SCRIPTS] = (uint32_t)fixture->builder.script_count;
	return referring;
}

/* Writes 1.finleak as it was built, and reads NAME: the same without anything interned. */
static struct recording *read_child(struct fixture *fixture, const char *name,
				    const struct referring *referring)
{
	struct recording_header header;
	char path[128];
	FILE *file;
	int id;

	builder_write(&fixture->builder, fixture->path);
	snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
	builder_write(&fixture->builder, path);
	file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fread(&header, sizeof(header), 1, file), 1);
	header.generation = referring->generation;
	header.parent_file_start_ns = referring->parent_start_ns;
	strncpy(header.parent_file, referring->parent_file, sizeof(header.parent_file) - 1);
	for (id = 0; id < SECTION_COUNT; id++) {
		struct recording_section *section = &header.sections[id];

		if (!referring->inherited[id])
			continue;
		section->inherited = referring->inherited[id];
		section->used = section->capacity = recorded_first_own(section);
	}
	rewind(file);
	assert_int_equal(fwrite(&header, sizeof(header), 1, file), 1);
	assert_int_equal(ftruncate(fileno(file), 1 << 20), 0);
	fclose(file);
	return recording_read(path, fixture->error, sizeof(fixture->error));
}

static void test_child_refers_to_its_parent(void **state)
{
	struct fixture *fixture = *state;
	struct referring referring = refer_to(fixture);
	struct recording *child = read_child(fixture, "2.finleak", &referring);
	struct recording *other = read_child(fixture, "3.finleak", &referring);
	const struct recorded_module *module;
	struct script_place place;
	const uint64_t *pc;
	uint32_t seq;
	size_t count;

	assert_non_null(child);
	assert_false(recording_lacks_parent(child));
	pc = recording_stack(child, child->sockets[0].opened_stack, &count, &seq);
	assert_non_null(pc);
	assert_int_equal(count, 3);
	assert_int_equal(pc[0], 0x401010);
	/* In memory once, for however many children. */
	assert_ptr_equal(recording_stack(other, other->sockets[0].opened_stack, &count, &seq), pc);
	module = recording_module_at(child, 0x7f0020, UINT32_MAX);
	assert_string_equal(recording_module_path(child, module), "/lib/libx.so");
	assert_true(recording_script(child, RECORDED_SCRIPT_FRAME, &place));
	assert_string_equal(place.function, "Handler.handle");
	recording_free(child);
	assert_non_null(recording_stack(other, other->sockets[0].opened_stack, &count, &seq));
	recording_free(other);
}

static void expect_lacking(struct fixture *fixture, const struct referring *referring)
{
	struct recording *child = read_child(fixture, "2.finleak", referring);
	uint32_t seq;
	size_t count;

	assert_non_null(child);
	assert_true(recording_lacks_parent(child));
	assert_null(recording_stack(child, child->sockets[0].opened_stack, &count, &seq));
	assert_null(recording_module_at(child, 0x7f0020, UINT32_MAX));
	recording_free(child);
}

static void test_parent_that_is_not_there(void **state)
{
	struct fixture *fixture = *state;
	const struct referring good = refer_to(fixture);
	struct referring bad = good;

	bad.parent_file = "gone.finleak";
	expect_lacking(fixture, &bad);
	/* Not in this folder. */
	bad.parent_file = "../1.finleak";
	expect_lacking(fixture, &bad);
	bad.parent_file = "";
	expect_lacking(fixture, &bad);
	/* Another process has got its name. */
	bad = good;
	bad.parent_start_ns++;
	expect_lacking(fixture, &bad);
	/* It has less than the child says. */
	bad = good;
	bad.inherited[SECTION_SCRIPTS]++;
	expect_lacking(fixture, &bad);
	/* A circle, and a chain that is too long. */
	bad = good;
	bad.parent_file = "2.finleak";
	expect_lacking(fixture, &bad);
	bad = good;
	bad.generation = RECORDED_GENERATIONS_MAX + 1;
	expect_lacking(fixture, &bad);
}

/* Stacks that lie in each other: no more of them are charged than fit side by side. */
static void test_overlapping_stacks(void **state)
{
	struct fixture *fixture = *state;
	size_t stacks = 0, bytes = 0, count;
	struct recording *recording;
	uint32_t seq, id;

	assert_true(sizeof(fixture->builder.stacks) >= 4096);
	for (id = 1; id < 512; id++) {
		struct recorded_stack *stack =
			(void *)(fixture->builder.stacks + id * RECORDED_STACK_UNIT);

		stack->frames = 8;
	}
	fixture->builder.stacks_used = 4096;
	recording = read_built(fixture);
	assert_non_null(recording);
	for (id = 1; id < 512; id++) {
		if (!recording_charge_stack(recording, id))
			continue;
		assert_non_null(recording_stack(recording, id, &count, &seq));
		stacks++;
		bytes += sizeof(struct recorded_stack) + count * sizeof(uint64_t);
	}
	assert_in_range(stacks, 1, 4096 / (sizeof(struct recorded_stack) + 8 * sizeof(uint64_t)));
	assert_in_range(bytes, 1, 4096);
	assert_false(recording_charge_stack(recording, 0));
	recording_free(recording);
}

int main(void)
{
#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		READER_TEST(test_good),
		READER_TEST(test_module_by_sequence),
		READER_TEST(test_ring_oldest_first),
		READER_TEST(test_the_last_birth_before_a_time_is_found),
		READER_TEST(test_empty),
		READER_TEST(test_foreign),
		READER_TEST(test_folder_and_missing),
		READER_TEST(test_cut_in_header),
		READER_TEST(test_cut_in_sections),
		READER_TEST(test_newer),
		READER_TEST(test_older),
		READER_TEST(test_other_byte_order),
		READER_TEST(test_not_ready),
		READER_TEST(test_appended_section),
		READER_TEST(test_lacking_section),
		READER_TEST(test_lacking_fields),
		READER_TEST(test_script),
		READER_TEST(test_longer_rows),
		READER_TEST(test_wild_sections),
		READER_TEST(test_sparse_claim),
		READER_TEST(test_section_in_two_pieces),
		READER_TEST(test_wild_ids),
		READER_TEST(test_unterminated_names),
		READER_TEST(test_overlapping_stacks),
		READER_TEST(test_child_refers_to_its_parent),
		READER_TEST(test_parent_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
