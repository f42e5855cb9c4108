/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/observation_file.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/new_file.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/regular_file.h"
#include "preload/recording/recording.h"

#define OBSERVATION_MAGIC "FINOBSV"
#define ROWS_MAX          (1u << 22)

enum file_table {
	TABLE_SOCKETS,
	TABLE_LISTENERS,
	TABLE_HOLDERS,
	TABLE_POLLERS,
	TABLE_THREADS,
	TABLE_SCRIPTS,
	TABLE_TEXTS,
	TABLE_COUNT,
};

/*
 * The file: this, then the tables, rows as they are in memory. A file of another build of finleak
 * has another head and counts as none.
 */
struct file_header {
	char magic[8];
	uint32_t byte_order;
	uint32_t observation_size;
	uint32_t row_sizes[TABLE_COUNT];
	uint32_t counts[TABLE_COUNT];
	struct observation observation; /* its pointers and counts mean nothing */
};

/* The rows of an observation's tables, to be written from or read into. */
static const struct table {
	size_t row_size;
	size_t rows, count; /* offsets of both in struct observation */
} tables[TABLE_COUNT] = {
#define TABLE(type, list, number)                                                                  \
	{                                                                                          \
		sizeof(type), offsetof(struct observation, list),                                  \
			offsetof(struct observation, number)                                       \
	}
	[TABLE_SOCKETS] = TABLE(struct observed_socket, sockets, socket_count),
	[TABLE_LISTENERS] = TABLE(struct observed_listener, listeners, listener_count),
	[TABLE_HOLDERS] = TABLE(struct observed_holder, holders, holder_count),
	[TABLE_POLLERS] = TABLE(struct observed_poller, pollers, poller_count),
	[TABLE_THREADS] = TABLE(struct observed_thread, threads, thread_count),
	[TABLE_SCRIPTS] = TABLE(struct observed_script, scripts, script_count),
	[TABLE_TEXTS] = TABLE(char, texts, text_size),
#undef TABLE
};

/* Copied by bytes: the pointers have types of their own. */
static void *rows_of(const struct observation *observation, unsigned int table)
{
	void *rows;

	memcpy(&rows, (const char *)observation + tables[table].rows, sizeof(rows));
	return rows;
}

static void set_rows(struct observation *observation, unsigned int table, void *rows, size_t count)
{
	memcpy((char *)observation + tables[table].rows, &rows, sizeof(rows));
	memcpy((char *)observation + tables[table].count, &count, sizeof(count));
}

static size_t count_of(const struct observation *observation, unsigned int table)
{
	size_t count;

	memcpy(&count, (const char *)observation + tables[table].count, sizeof(count));
	return count;
}

/* The head of a file that this build writes, counts left out. */
static struct file_header head_of_this_build(void)
{
	struct file_header header = { .magic = OBSERVATION_MAGIC,
				      .byte_order = RECORDING_BYTE_ORDER,
				      .observation_size = sizeof(struct observation) };
	unsigned int i;

	for (i = 0; i < TABLE_COUNT; i++)
		header.row_sizes[i] = (uint32_t)tables[i].row_size;
	return header;
}

/* ROWS may be NULL where COUNT is 0. */
static bool write_rows(FILE *file, const void *rows, size_t size, size_t count)
{
	return !count || fwrite(rows, size, count, file) == count;
}

static bool write_tables(FILE *file, const struct observation *observation)
{
	struct file_header header = head_of_this_build();
	unsigned int i;

	header.observation = *observation;
	for (i = 0; i < TABLE_COUNT; i++) {
		header.counts[i] = (uint32_t)count_of(observation, i);
		set_rows(&header.observation, i, NULL, 0);
	}
	if (!write_rows(file, &header, sizeof(header), 1))
		return false;
	for (i = 0; i < TABLE_COUNT; i++)
		if (!write_rows(file, rows_of(observation, i), header.row_sizes[i],
				header.counts[i]))
			return false;
	return true;
}

int observation_write(const struct observation *observation, const char *path)
{
	char *final = path_with_suffix(path, RECORDING_SUFFIX, OBSERVATION_SUFFIX),
	     *draft = path_with_suffix(path, RECORDING_SUFFIX, ".observing");
	struct new_file file;
	int failure = new_file_begin(&file, final, draft, 0600);

	if (!failure) {
		errno = 0;
		if (!write_tables(file.stream, observation))
			failure = errno ? errno : EIO;
		failure = new_file_end(&file, failure);
	}
	free(final);
	free(draft);
	return failure;
}

static bool read_rows(FILE *file, struct observation *observation, unsigned int table, size_t count)
{
	void *rows;

	if (!count)
		return true;
	rows = allocate_zeroed(count, tables[table].row_size);
	set_rows(observation, table, rows, count);
	return fread(rows, tables[table].row_size, count, file) == count;
}

static bool scripts_are_sound(const struct observation *observation)
{
	const size_t size = observation->text_size;
	size_t i;

	if (size && observation->texts[size - 1])
		return false;
	for (i = 0; i < observation->script_count; i++) {
		const struct observed_script *script = &observation->scripts[i];

		if (script->language >= size || script->file >= size || script->function >= size ||
		    script->line > INT32_MAX)
			return false;
	}
	return true;
}

/* Checks what users rely on: order and ranges. Terminates texts. */
static bool is_sound(struct observation *observation)
{
	size_t i;

	for (i = 0; i < observation->socket_count; i++) {
		const struct observed_socket *socket = &observation->sockets[i];

		if (i && socket[-1].cookie > socket->cookie)
			return false;
		if (socket->state >= OBSERVED_STATES || socket->origin > OBSERVED_UNRECORDED_SHARED)
			return false;
	}
	for (i = 0; i < observation->listener_count; i++) {
		char *thread = observation->listeners[i].thread;

		thread[sizeof(observation->listeners[i].thread) - 1] = '\0';
	}
	for (i = 0; i < observation->holder_count; i++) {
		char *command = observation->holders[i].command;

		command[sizeof(observation->holders[i].command) - 1] = '\0';
	}
	for (i = 0; i < observation->poller_count; i++) {
		char *doing = observation->pollers[i].doing;

		doing[sizeof(observation->pollers[i].doing) - 1] = '\0';
	}
	for (i = 0; i < observation->thread_count; i++) {
		struct observed_thread *thread = &observation->threads[i];

		thread->doing[sizeof(thread->doing) - 1] = '\0';
		if (thread->frames > OBSERVED_FRAMES_MAX)
			return false;
	}
	return scripts_are_sound(observation);
}

static struct observation *read_tables(FILE *file, uint64_t size)
{
	const struct file_header ours = head_of_this_build();
	struct observation *observation;
	struct file_header header;
	uint64_t expected = sizeof(header);
	unsigned int i;

	if (fread(&header, sizeof(header), 1, file) != 1 ||
	    memcmp(&header, &ours, offsetof(struct file_header, counts)) != 0)
		return NULL;
	if (header.counts[TABLE_THREADS] > OBSERVED_THREADS_MAX ||
	    header.counts[TABLE_SCRIPTS] > OBSERVED_SCRIPTS_MAX)
		return NULL;
	for (i = 0; i < TABLE_COUNT; i++) {
		if (header.counts[i] > ROWS_MAX)
			return NULL;
		expected += (uint64_t)header.counts[i] * header.row_sizes[i];
	}
	if (expected != size)
		return NULL;
	observation = allocate_zeroed(1, sizeof(*observation));
	*observation = header.observation;
	for (i = 0; i < TABLE_COUNT; i++)
		set_rows(observation, i, NULL, 0);
	for (i = 0; i < TABLE_COUNT; i++)
		if (!read_rows(file, observation, i, header.counts[i]))
			goto damaged;
	if (is_sound(observation)) {
		observation_sort_others(observation);
		return observation;
	}
damaged:
	observation_free(observation);
	return NULL;
}

/* Closes FD, of a file of SIZE bytes. *UNUSABLE: it is no observation that this build can use. */
static struct observation *read_open(int fd, uint64_t size, bool *unusable)
{
	struct observation *observation;
	FILE *file = fdopen(fd, "r");

	if (!file) {
		close(fd);
		return NULL;
	}
	observation = read_tables(file, size);
	fclose(file);
	*unusable = !observation;
	return observation;
}

struct observation *observation_read(const char *path, bool *unusable)
{
	char *name = path_with_suffix(path, RECORDING_SUFFIX, OBSERVATION_SUFFIX);
	struct stat status;
	int fd = regular_file_open(name, &status);
	struct observation *observation = NULL;
	bool is_unusable = fd < 0 && errno == EACCES;

	free(name);
	if (fd >= 0)
		observation = read_open(fd, (uint64_t)status.st_size, &is_unusable);
	if (unusable)
		*unusable = is_unusable;
	return observation;
}
