/* SPDX-License-Identifier: MIT */
/*
 * bench-synthesize FOLDER RECORDINGS SOCKETS SITES FRAMES [MODULE < ADDRESSES]
 *
 * Writes RECORDINGS recordings into FOLDER, which must be there, of processes that were forked by
 * one parent, read the EOF of SOCKETS sockets each and closed none. The sockets are spread over
 * SITES sites: pairs of an opened and an EOF stack of FRAMES frames. Without MODULE the frames lie
 * in a module that is not there, so that they have no names; with it they are the return addresses
 * (hexadecimal, of the file) from standard input, taken in turn.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/elf_identity.h"
#include "preload/recording/recording.h"

#define START_NS       1000000000ull
#define END_NS         3600000000000ull
#define MODULE_START   0x400000ull
#define MODULE_SIZE    0x40000000ull
#define FIRST_FD       3
#define FIRST_PID      1000
#define RECORDINGS_MAX 100000u
#define SOCKETS_MAX    (1u << 22)
#define SITES_MAX      100000u

struct synthesis {
	const char *folder;
	unsigned long recordings, sockets, sites, frames;
	struct recorded_module module;
	const char *module_path;
	uint64_t *addresses; /* NULL: made up */
	size_t address_count;
};

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || value == 0 || value > max) {
		fprintf(stderr, "bench-synthesize: %s is not a number from 1 to %lu\n", text, max);
		exit(2);
	}
	return value;
}

static void take_module(struct synthesis *synthesis, const char *path)
{
	struct recorded_module *module = &synthesis->module;
	struct elf_identity identity;
	unsigned long address;
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0 || !elf_identity_read(fd, &identity))
		fail(path);
	close(fd);
	synthesis->module_path = path;
	module->file_size = (uint64_t)status.st_size;
	module->file_mtime_ns =
		(int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
	module->build_id_size = (uint32_t)identity.build_id_size;
	memcpy(module->build_id, identity.build_id, identity.build_id_size);
	module->bias = 0;
	module->start = 0;
	while (scanf("%lx", &address) == 1) {
		*(uint64_t *)allocate_next(&synthesis->addresses, synthesis->address_count,
					   sizeof(address)) = address;
		synthesis->address_count++;
	}
	if (!synthesis->address_count)
		fail("no addresses on standard input");
}

/* Return address FRAME of stack NUMBER: stacks share their outer halves, as real ones do. */
static uint64_t address_of(const struct synthesis *synthesis, unsigned long stack,
			   unsigned long frame)
{
	unsigned long place = stack * synthesis->frames + frame;

	if (frame >= synthesis->frames / 2)
		place = frame;
	if (synthesis->addresses)
		return synthesis->addresses[place % synthesis->address_count];
	return MODULE_START + 16 + place * 16;
}

static size_t stack_size(const struct synthesis *synthesis)
{
	return sizeof(struct recorded_stack) + synthesis->frames * sizeof(uint64_t);
}

/* Stack ids: site s is opened in stack 2 s and reads its EOF in stack 2 s + 1. */
static uint32_t stack_id(const struct synthesis *synthesis, unsigned long stack)
{
	return (uint32_t)(1 + stack * stack_size(synthesis) / RECORDED_STACK_UNIT);
}

static void fill_stacks(const struct synthesis *synthesis, uint8_t *stacks)
{
	unsigned long stack, frame;

	for (stack = 0; stack < 2 * synthesis->sites; stack++) {
		struct recorded_stack *row =
			(void *)(stacks + (size_t)stack_id(synthesis, stack) * RECORDED_STACK_UNIT);

		row->frames = (uint16_t)synthesis->frames;
		row->seq = 1;
		for (frame = 0; frame < synthesis->frames; frame++)
			row->pc[frame] = address_of(synthesis, stack, frame);
	}
}

static void fill_sockets(const struct synthesis *synthesis, unsigned long recording,
			 struct recorded_socket *rows, uint64_t *descriptors)
{
	unsigned long i;

	for (i = 0; i < synthesis->sockets; i++) {
		unsigned long site = i % synthesis->sites;
		uint64_t number_of_all = recording * synthesis->sockets + i;
		uint32_t ip = htonl(0x0a000000u + (uint32_t)(number_of_all >> 12));
		struct recorded_socket *row = &rows[i];

		row->life = LIFE_GENERATION | LIFE_OPEN | LIFE_EOF;
		row->descriptors = 1;
		row->cookie = 1 + number_of_all;
		row->opened_ns = START_NS + i * 1000;
		row->eof_ns = row->opened_ns + 500000;
		row->opened_stack = stack_id(synthesis, 2 * site);
		row->eof_stack = stack_id(synthesis, 2 * site + 1);
		row->eof_reads = 1;
		row->first_fd = (int32_t)(FIRST_FD + i);
		row->kind = KIND_TCP;
		row->source = SOURCE_ACCEPT;
		row->role = ROLE_CONNECTED;
		row->sampled_ns = END_NS - 1;
		row->tcp_state = 8; /* TCP_CLOSE_WAIT */
		row->last_sent_ms = UINT32_MAX;
		row->local = (struct recorded_address){ AF_INET, 8080, { 127, 0, 0, 1 } };
		row->peer = (struct recorded_address){
			.family = AF_INET,
			.port = (uint16_t)(32768 + (number_of_all & 4095)),
		};
		memcpy(row->peer.ip, &ip, sizeof(ip));
		descriptors[FIRST_FD + i] = i + 1;
	}
}

static void fill_header(const struct synthesis *synthesis, unsigned long recording,
			struct recording_header *header)
{
	memcpy(header->magic, RECORDING_MAGIC, sizeof(header->magic));
	header->version = RECORDING_VERSION;
	header->byte_order = RECORDING_BYTE_ORDER;
	header->header_size = sizeof(*header);
	header->section_count = SECTION_COUNT;
	header->ready = 1;
	header->origin = recording ? ORIGIN_ORPHAN : ORIGIN_EXEC;
	header->pid = (int32_t)(FIRST_PID + recording);
	header->parent_pid = recording ? FIRST_PID : 1;
	header->start_ns = START_NS + recording;
	header->start_realtime_ns = (int64_t)header->start_ns + 1700000000ll * 1000000000;
	header->frames_limit = 64;
	header->end = END_EXIT;
	header->end_ns = END_NS;
	header->last_sample_ns = END_NS - 1;
	header->descriptor_limit = 1 << 20;
	header->opened = header->eof = header->open_now = synthesis->sockets;
	snprintf(header->executable, sizeof(header->executable), "%s", synthesis->module_path);
	memcpy(header->command, "server\0\0", 8);
}

static void place_section(struct recording_header *header, unsigned int id, uint64_t *offset,
			  uint64_t used, uint32_t record_size)
{
	header->sections[id] = (struct recording_section){
		.offset = *offset,
		.capacity = used,
		.used = used,
		.record_size = record_size,
	};
	*offset += (used * record_size + RECORDING_CHUNK - 1) / RECORDING_CHUNK * RECORDING_CHUNK;
}

static void write_recording(const struct synthesis *synthesis, unsigned long recording)
{
	uint64_t offset = RECORDING_CHUNK;
	struct recording_header header;
	uint8_t *bytes;
	char *path;
	FILE *file;

	memset(&header, 0, sizeof(header));
	fill_header(synthesis, recording, &header);
	place_section(&header, SECTION_DESCRIPTORS, &offset, FIRST_FD + synthesis->sockets,
		      sizeof(uint64_t));
	place_section(&header, SECTION_SOCKETS, &offset, synthesis->sockets,
		      sizeof(struct recorded_socket));
	place_section(&header, SECTION_STACKS, &offset,
		      RECORDED_STACK_UNIT + 2 * synthesis->sites * stack_size(synthesis), 1);
	place_section(&header, SECTION_MODULES, &offset, 1, sizeof(struct recorded_module));
	place_section(&header, SECTION_STRINGS, &offset, 2 + strlen(synthesis->module_path), 1);
	bytes = allocate_zeroed(offset, 1);
	memcpy(bytes, &header, sizeof(header));
	fill_sockets(synthesis, recording,
		     (void *)(bytes + header.sections[SECTION_SOCKETS].offset),
		     (void *)(bytes + header.sections[SECTION_DESCRIPTORS].offset));
	fill_stacks(synthesis, bytes + header.sections[SECTION_STACKS].offset);
	memcpy(bytes + header.sections[SECTION_MODULES].offset, &synthesis->module,
	       sizeof(synthesis->module));
	memcpy(bytes + header.sections[SECTION_STRINGS].offset + 1, synthesis->module_path,
	       strlen(synthesis->module_path) + 1);

	path = allocate_printed("%s/server.%lu.0%s", synthesis->folder, FIRST_PID + recording,
				RECORDING_SUFFIX);
	file = fopen(path, "we");
	if (!file || fwrite(bytes, 1, offset, file) != offset || fclose(file) != 0)
		fail(path);
	free(path);
	free(bytes);
}

int main(int argc, char **argv)
{
	struct synthesis synthesis = {
		.module = { .start = MODULE_START,
			    .end = MODULE_START + MODULE_SIZE,
			    .bias = MODULE_START,
			    .loaded_seq = 1,
			    .path = 1 },
		.module_path = "/nowhere/server",
	};
	unsigned long i;

	if (argc != 6 && argc != 7) {
		fputs("usage: bench-synthesize FOLDER RECORDINGS SOCKETS SITES FRAMES "
		      "[MODULE < ADDRESSES]\n",
		      stderr);
		return 2;
	}
	synthesis.folder = argv[1];
	synthesis.recordings = number(argv[2], RECORDINGS_MAX);
	synthesis.sockets = number(argv[3], SOCKETS_MAX);
	synthesis.sites = number(argv[4], SITES_MAX);
	synthesis.frames = number(argv[5], RECORDED_FRAMES_MAX);
	if (argc == 7)
		take_module(&synthesis, argv[6]);
	for (i = 0; i < synthesis.recordings; i++)
		write_recording(&synthesis, i);
	free(synthesis.addresses);
	return 0;
}
