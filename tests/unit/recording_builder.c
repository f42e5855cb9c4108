/* SPDX-License-Identifier: MIT */
#include "tests/unit/recording_builder.h"

#include <dirent.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void need(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

void builder_begin(struct recording_builder *builder, int pid, int parent_pid)
{
	struct recording_header *header = &builder->header;

	memset(builder, 0, sizeof(*builder));
	memcpy(header->magic, RECORDING_MAGIC, sizeof(header->magic));
	header->version = RECORDING_VERSION;
	header->byte_order = RECORDING_BYTE_ORDER;
	header->header_size = sizeof(*header);
	header->section_count = SECTION_COUNT;
	header->ready = 1;
	header->origin = ORIGIN_EXEC;
	header->pid = pid;
	header->parent_pid = parent_pid;
	header->start_ns = at_ms(BUILDER_START_MS);
	header->frames_limit = 64;
	header->end = END_EXIT;
	header->end_ns = at_ms(BUILDER_END_MS);
	header->last_sample_ns = header->end_ns;
	header->descriptor_limit = 1024;
	snprintf(header->executable, sizeof(header->executable), "/opt/server");
	memcpy(header->command,
	       "server\0--port\0"
	       "0\0",
	       17);
	/* Id 0 and offset 0 mean "none". */
	builder->stacks_used = RECORDED_STACK_UNIT;
	builder->strings_used = 1;
}

struct recorded_module *builder_add_module(struct recording_builder *builder, const char *path,
					   uint64_t start, uint64_t end)
{
	struct recorded_module *module = &builder->modules[builder->module_count++];

	module->start = start;
	module->end = end;
	module->bias = start;
	module->path = (uint32_t)builder->strings_used;
	memcpy(builder->strings + builder->strings_used, path, strlen(path) + 1);
	builder->strings_used += strlen(path) + 1;
	return module;
}

static uint32_t add_string(struct recording_builder *builder, const char *text)
{
	uint32_t place = (uint32_t)builder->strings_used;

	memcpy(builder->strings + builder->strings_used, text, strlen(text) + 1);
	builder->strings_used += strlen(text) + 1;
	return place;
}

uint64_t builder_add_script(struct recording_builder *builder, const char *file,
			    const char *function, uint32_t line)
{
	uint64_t row = builder->script_count++;

	builder->scripts[row].file = add_string(builder, file);
	builder->scripts[row].function = add_string(builder, function);
	builder->scripts[row].line = line;
	builder->scripts[row].language = add_string(builder, "python") + 1;
	return RECORDED_SCRIPT_FRAME | row;
}

/* The first object that dl_iterate_phdr shows is the program. */
static int take_program(struct dl_phdr_info *program, size_t size, void *argument)
{
	struct recorded_module *module = argument;
	int i;

	(void)size;
	module->bias = program->dlpi_addr;
	module->start = UINT64_MAX;
	for (i = 0; i < program->dlpi_phnum; i++) {
		uint64_t start = program->dlpi_addr + program->dlpi_phdr[i].p_vaddr;

		if (program->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		if (start < module->start)
			module->start = start;
		if (start + program->dlpi_phdr[i].p_memsz > module->end)
			module->end = start + program->dlpi_phdr[i].p_memsz;
	}
	return 1;
}

struct recorded_module *builder_add_self(struct recording_builder *builder)
{
	char *path = builder->header.executable;
	struct recorded_module *module;
	struct stat status;
	ssize_t length = readlink("/proc/self/exe", path, RECORDED_EXE_MAX - 1);

	need(length > 0, "/proc/self/exe");
	path[length] = '\0';
	need(stat(path, &status) == 0, path);
	module = builder_add_module(builder, path, 0, 0);
	dl_iterate_phdr(take_program, module);
	module->file_size = (uint64_t)status.st_size;
	module->file_mtime_ns =
		(int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
	return module;
}

uint32_t builder_add_stack(struct recording_builder *builder, const uint64_t *pc, size_t count)
{
	struct recorded_stack *stack = (void *)(builder->stacks + builder->stacks_used);
	uint32_t id = (uint32_t)(builder->stacks_used / RECORDED_STACK_UNIT);

	stack->frames = (uint16_t)count;
	memcpy(stack->pc, pc, count * sizeof(*pc));
	builder->stacks_used += sizeof(*stack) + count * sizeof(*pc);
	return id;
}

struct recorded_socket *builder_add_socket(struct recording_builder *builder, int fd,
					   uint64_t cookie)
{
	struct recorded_socket *row = &builder->sockets[builder->socket_count++];
	static const uint8_t peer_ip[4] = { 192, 0, 2, 7 };

	row->life = LIFE_GENERATION | LIFE_OPEN;
	row->descriptors = 1;
	row->cookie = cookie;
	row->opened_ns = at_ms(2000);
	row->first_fd = fd;
	row->kind = KIND_TCP;
	row->source = SOURCE_ACCEPT;
	row->role = ROLE_CONNECTED;
	row->peer.family = AF_INET;
	row->peer.port = 40000;
	memcpy(row->peer.ip, peer_ip, sizeof(peer_ip));
	if (fd >= 0)
		builder->descriptors[fd] = builder->socket_count;
	builder->header.opened++;
	builder->header.open_now++;
	return row;
}

struct recorded_departure *builder_add_departure(struct recording_builder *builder, uint64_t cookie)
{
	struct recorded_departure *departure = &builder->departures[builder->departure_count++];

	departure->cookie = cookie;
	departure->source = SOURCE_ACCEPT;
	departure->kind = KIND_TCP;
	return departure;
}

struct recorded_birth *builder_add_birth(struct recording_builder *builder, int pid)
{
	struct recorded_birth *birth = &builder->births[builder->birth_count++];

	birth->pid = pid;
	birth->ns = at_ms(1500);
	birth->kind = BIRTH_FORK;
	return birth;
}

struct recorded_total *builder_add_total(struct recording_builder *builder,
					 enum recorded_decision decision, uint64_t count,
					 uint64_t held_ms)
{
	struct recorded_total *total = &builder->totals[builder->total_count++];

	total->decision = decision;
	total->count = count;
	total->held_sum_ns = at_ms(held_ms) * count;
	total->held_max_ns = at_ms(held_ms);
	total->held[held_bucket(at_ms(held_ms))] = (uint32_t)count;
	return total;
}

uint8_t *builder_bytes(struct recording_builder *builder, size_t *size)
{
	const struct {
		const void *rows;
		size_t used;
		size_t record_size;
	} contents[SECTION_COUNT] = {
		[SECTION_DESCRIPTORS] = { builder->descriptors, BUILDER_ROWS, sizeof(uint64_t) },
		[SECTION_SOCKETS] = { builder->sockets, builder->socket_count,
				      sizeof(struct recorded_socket) },
		[SECTION_STACKS] = { builder->stacks, builder->stacks_used, 1 },
		[SECTION_MODULES] = { builder->modules, builder->module_count,
				      sizeof(struct recorded_module) },
		[SECTION_STRINGS] = { builder->strings, builder->strings_used, 1 },
		[SECTION_TOTALS] = { builder->totals, builder->total_count,
				     sizeof(struct recorded_total) },
		[SECTION_DEPARTURES] = { builder->departures, builder->departure_count,
					 sizeof(struct recorded_departure) },
		[SECTION_BIRTHS] = { builder->births, builder->birth_count,
				     sizeof(struct recorded_birth) },
		[SECTION_SCRIPTS] = { builder->scripts, builder->script_count,
				      sizeof(struct recorded_script) },
		[SECTION_POLLERS] = { builder->pollers, builder->poller_count,
				      sizeof(struct recorded_poller) },
	};
	size_t offset = RECORDING_CHUNK, i;
	uint8_t *bytes;

	for (i = 0; i < SECTION_COUNT; i++) {
		struct recording_section *section = &builder->header.sections[i];
		size_t room = contents[i].record_size == 1 ? BUILDER_STACKS_BYTES : BUILDER_ROWS;

		section->offset = offset;
		section->capacity = room;
		section->used = contents[i].used;
		section->record_size = (uint32_t)contents[i].record_size;
		offset += room * contents[i].record_size;
		offset = (offset + RECORDING_CHUNK - 1) / RECORDING_CHUNK * RECORDING_CHUNK;
	}
	bytes = calloc(offset, 1);
	need(bytes != NULL, "calloc");
	memcpy(bytes, &builder->header, sizeof(builder->header));
	for (i = 0; i < SECTION_COUNT; i++)
		memcpy(bytes + builder->header.sections[i].offset, contents[i].rows,
		       contents[i].used * contents[i].record_size);
	*size = offset;
	return bytes;
}

void builder_write(struct recording_builder *builder, const char *path)
{
	size_t size;
	uint8_t *bytes = builder_bytes(builder, &size);
	FILE *file = fopen(path, "we");

	need(file != NULL, path);
	need(fwrite(bytes, 1, size, file) == size, path);
	need(fclose(file) == 0, path);
	free(bytes);
}

char *builder_new_folder(void)
{
	char *folder = strdup("/tmp/finleak-unit.XXXXXX");

	need(folder != NULL && mkdtemp(folder) != NULL, "mkdtemp");
	return folder;
}

void builder_remove_folder(char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	need(directory != NULL, folder);
	while ((entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(folder);
	free(folder);
}
