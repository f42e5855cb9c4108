/* SPDX-License-Identifier: MIT */
/*
 * Builds small recordings by preload/recording/recording.h, to the letter or with a fault of the
 * test's choice: fill the fields, then write. Times are in ms for the tests' sake: at_ms().
 */
#ifndef FINLEAK_RECORDING_BUILDER_H
#define FINLEAK_RECORDING_BUILDER_H

#include <stddef.h>
#include "preload/recording/recording.h"

#define BUILDER_ROWS         64
#define BUILDER_STACKS_BYTES 8192

/* A process that lives from 1 s to 100 s and exits, unless the test changes the header. */
#define BUILDER_START_MS 1000u
#define BUILDER_END_MS   100000u

struct recording_builder {
	struct recording_header header;
	uint64_t descriptors[BUILDER_ROWS];
	struct recorded_socket sockets[BUILDER_ROWS];
	size_t socket_count;
	_Alignas(8) uint8_t stacks[BUILDER_STACKS_BYTES];
	size_t stacks_used;
	struct recorded_module modules[BUILDER_ROWS];
	size_t module_count;
	char strings[BUILDER_STACKS_BYTES];
	size_t strings_used;
	struct recorded_total totals[BUILDER_ROWS];
	size_t total_count;
	struct recorded_departure departures[BUILDER_ROWS];
	size_t departure_count;
	struct recorded_birth births[BUILDER_ROWS];
	size_t birth_count;
	struct recorded_script scripts[BUILDER_ROWS];
	size_t script_count;
	struct recorded_poller pollers[BUILDER_ROWS]; /* by number of the epoll descriptor */
	size_t poller_count;
};

static inline uint64_t at_ms(uint64_t ms)
{
	return ms * 1000000u;
}

void builder_begin(struct recording_builder *builder, int pid, int parent_pid);

/* A module without a build-id over [START, END) with load bias START. */
struct recorded_module *builder_add_module(struct recording_builder *builder, const char *path,
					   uint64_t start, uint64_t end);

/*
 * The test program itself as a module, so that addresses of its functions have names; its path
 * becomes the recording's executable.
 */
struct recorded_module *builder_add_self(struct recording_builder *builder);

/* A script's line; returns what stands for it in a stack. */
uint64_t builder_add_script(struct recording_builder *builder, const char *file,
			    const char *function, uint32_t line);

/* A stack of COUNT return addresses; returns its id. */
uint32_t builder_add_stack(struct recording_builder *builder, const uint64_t *pc, size_t count);

/* An accepted, established TCP socket at descriptor FD (-1: none left), opened at 2 s. */
struct recorded_socket *builder_add_socket(struct recording_builder *builder, int fd,
					   uint64_t cookie);

struct recorded_departure *builder_add_departure(struct recording_builder *builder,
						 uint64_t cookie);
struct recorded_birth *builder_add_birth(struct recording_builder *builder, int pid);

/* COUNT sockets decided at DECIDED and closed HELD_MS later. */
struct recorded_total *builder_add_total(struct recording_builder *builder,
					 enum recorded_decision decision, uint64_t count,
					 uint64_t held_ms);

/* Lays the sections out and writes the file; aborts the test program where that fails. */
void builder_write(struct recording_builder *builder, const char *path);

/* The same into memory of the caller (free it): *size bytes. */
uint8_t *builder_bytes(struct recording_builder *builder, size_t *size);

/* A new folder for recordings; builder_remove_folder deletes it with its files and frees it. */
char *builder_new_folder(void);
void builder_remove_folder(char *folder);

#endif
