/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/observation_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "preload/recording/recording.h"

#define OBSERVATION_MAGIC "FINOBSV"
#define ROWS_MAX          (1u << 22)

/* The file: this, then the three tables. Of the same finleak only: anything else counts as none. */
struct file_header {
	char magic[8];
	uint32_t byte_order;
	uint32_t sizes[4]; /* of struct observation and the three rows */
	uint32_t counts[3];
	struct observation observation; /* its pointers mean nothing */
};

static void fill_sizes(uint32_t sizes[4])
{
	sizes[0] = sizeof(struct observation);
	sizes[1] = sizeof(struct observed_socket);
	sizes[2] = sizeof(struct observed_listener);
	sizes[3] = sizeof(struct observed_holder);
}

/* PATH with its suffix replaced by SUFFIX; the caller frees it. */
static char *beside(const char *path, const char *suffix)
{
	size_t length = strlen(path), cut = strlen(RECORDING_SUFFIX);

	if (length > cut && strcmp(path + length - cut, RECORDING_SUFFIX) == 0)
		length -= cut;
	return allocate_printed("%.*s%s", (int)length, path, suffix);
}

/* ROWS may be NULL where COUNT is 0. */
static bool write_rows(FILE *file, const void *rows, size_t size, size_t count)
{
	return !count || fwrite(rows, size, count, file) == count;
}

static bool write_tables(FILE *file, const struct observation *observation)
{
	struct file_header header = { .magic = OBSERVATION_MAGIC,
				      .byte_order = RECORDING_BYTE_ORDER };

	fill_sizes(header.sizes);
	header.counts[0] = (uint32_t)observation->socket_count;
	header.counts[1] = (uint32_t)observation->listener_count;
	header.counts[2] = (uint32_t)observation->holder_count;
	header.observation = *observation;
	header.observation.sockets = NULL;
	header.observation.listeners = NULL;
	header.observation.holders = NULL;
	return write_rows(file, &header, sizeof(header), 1) &&
	       write_rows(file, observation->sockets, header.sizes[1], header.counts[0]) &&
	       write_rows(file, observation->listeners, header.sizes[2], header.counts[1]) &&
	       write_rows(file, observation->holders, header.sizes[3], header.counts[2]);
}

int observation_write(const struct observation *observation, const char *path)
{
	char *final = beside(path, OBSERVATION_SUFFIX), *draft = beside(path, ".observing");
	int fd, failure = 0;
	FILE *file = NULL;

	/* A draft that is there was left by a finleak that was killed. */
	unlink(draft);
	fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		file = fdopen(fd, "w");
	if (!file) {
		failure = errno;
		if (fd >= 0)
			close(fd);
		goto out;
	}
	if (!write_tables(file, observation))
		failure = errno ? errno : EIO;
	if (fclose(file) != 0 && !failure)
		failure = errno;
	if (!failure && rename(draft, final) < 0)
		failure = errno;
	if (failure)
		unlink(draft);
out:
	free(final);
	free(draft);
	return failure;
}

static bool read_rows(FILE *file, void *rows, size_t size, size_t count)
{
	void *list;

	if (!count)
		return true;
	list = allocate_zeroed(count, size);
	*(void **)rows = list;
	return fread(list, size, count, file) == count;
}

/* What others will rely on: order, ends of texts, ranges. */
static bool is_sound(struct observation *observation)
{
	size_t i;

	for (i = 0; i < observation->socket_count; i++) {
		const struct observed_socket *socket = &observation->sockets[i];

		if (i && socket[-1].cookie > socket->cookie)
			return false;
		if (socket->state >= OBSERVED_STATES)
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
	return true;
}

static struct observation *read_tables(FILE *file, uint64_t size)
{
	struct observation *observation;
	struct file_header header;
	uint32_t sizes[4];
	uint64_t expected;

	fill_sizes(sizes);
	if (fread(&header, sizeof(header), 1, file) != 1 ||
	    memcmp(header.magic, OBSERVATION_MAGIC, sizeof(header.magic)) != 0 ||
	    header.byte_order != RECORDING_BYTE_ORDER ||
	    memcmp(header.sizes, sizes, sizeof(sizes)) != 0)
		return NULL;
	if (header.counts[0] > ROWS_MAX || header.counts[1] > ROWS_MAX ||
	    header.counts[2] > ROWS_MAX)
		return NULL;
	expected = sizeof(header) + (uint64_t)header.counts[0] * sizes[1] +
		   (uint64_t)header.counts[1] * sizes[2] + (uint64_t)header.counts[2] * sizes[3];
	if (expected != size)
		return NULL;
	observation = allocate_zeroed(1, sizeof(*observation));
	*observation = header.observation;
	observation->sockets = NULL;
	observation->listeners = NULL;
	observation->holders = NULL;
	observation->socket_count = header.counts[0];
	observation->listener_count = header.counts[1];
	observation->holder_count = header.counts[2];
	if (read_rows(file, &observation->sockets, sizes[1], header.counts[0]) &&
	    read_rows(file, &observation->listeners, sizes[2], header.counts[1]) &&
	    read_rows(file, &observation->holders, sizes[3], header.counts[2]) &&
	    is_sound(observation))
		return observation;
	observation_free(observation);
	return NULL;
}

struct observation *observation_read(const char *path)
{
	char *name = beside(path, OBSERVATION_SUFFIX);
	struct observation *observation = NULL;
	struct stat status;
	FILE *file = NULL;
	int fd;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		goto out;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		goto out;
	}
	observation = read_tables(file, (uint64_t)status.st_size);
	fclose(file);
out:
	free(name);
	return observation;
}
