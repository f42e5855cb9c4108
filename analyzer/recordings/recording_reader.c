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

static struct recording *read_with(bool (*load_tables)(struct recording_file *), const char *path,
				   char *error, size_t error_size)
{
	struct recording_file file = { .fd = -1, .error = error, .error_size = error_size };
	struct stat status;
	bool ok = false;

	file.recording = allocate_zeroed(1, sizeof(*file.recording));
	file.recording->path = allocate_text(path);
	/* O_NONBLOCK: a FIFO by that name must not hold us. */
	file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file.fd < 0 || fstat(file.fd, &status) < 0) {
		recording_file_fail(&file, "cannot be opened: %s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		recording_file_fail(&file, "is not a finleak recording (no regular file)");
		goto out;
	}
	if (status.st_size == 0) {
		recording_file_fail(&file, "is empty");
		goto out;
	}
	file.size = (uint64_t)status.st_size;
	file.recording->device = status.st_dev;
	file.recording->inode = status.st_ino;
	ok = recording_load_header(&file) && load_tables(&file);
out:
	if (file.fd >= 0)
		close(file.fd);
	if (ok)
		return file.recording;
	recording_free(file.recording);
	return NULL;
}

struct recording *recording_read(const char *path, char *error, size_t error_size)
{
	return read_with(recording_load_tables, path, error, error_size);
}

struct recording *recording_read_sockets(const char *path, char *error, size_t error_size)
{
	return read_with(recording_load_socket_tables, path, error, error_size);
}
