/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/recording_header.h"
#include "analyzer/recordings/recording_tables.h"

static struct recording *read_with(bool (*load_tables)(struct reading *), const char *path,
				   char *error, size_t error_size)
{
	struct reading reading = { .fd = -1, .error = error, .error_size = error_size };
	struct stat status;
	bool ok = false;

	reading.recording = allocate_zeroed(1, sizeof(*reading.recording));
	reading.recording->path = allocate_text(path);
	/* O_NONBLOCK: a FIFO by that name must not hold us. */
	reading.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (reading.fd < 0 || fstat(reading.fd, &status) < 0) {
		reading_fail(&reading, "cannot be opened: %s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		reading_fail(&reading, "is not a finleak recording (no regular file)");
		goto out;
	}
	if (status.st_size == 0) {
		reading_fail(&reading, "is empty");
		goto out;
	}
	reading.size = (uint64_t)status.st_size;
	reading.recording->device = status.st_dev;
	reading.recording->inode = status.st_ino;
	ok = reading_load_header(&reading) && load_tables(&reading);
out:
	if (reading.fd >= 0)
		close(reading.fd);
	if (ok)
		return reading.recording;
	recording_free(reading.recording);
	return NULL;
}

struct recording *recording_read(const char *path, char *error, size_t error_size)
{
	return read_with(reading_load_tables, path, error, error_size);
}

struct recording *recording_read_sockets(const char *path, char *error, size_t error_size)
{
	return read_with(reading_load_socket_tables, path, error, error_size);
}
