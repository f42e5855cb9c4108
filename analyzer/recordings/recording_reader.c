/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_reader.h"

#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/recording_header.h"
#include "analyzer/recordings/recording_tables.h"

static struct recording *read_with(bool (*load_tables)(struct recording_file *), const char *path,
				   char *error, size_t error_size)
{
	struct recording_file file = { .fd = -1, .error = error, .error_size = error_size };
	bool ok;

	file.recording = allocate_zeroed(1, sizeof(*file.recording));
	file.recording->path = allocate_text(path);
	ok = recording_file_open(&file, path) && recording_load_header(&file) && load_tables(&file);
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
