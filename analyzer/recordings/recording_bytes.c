/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/regular_file.h"

bool recording_file_fail(struct recording_file *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(file->error, file->error_size, format, arguments);
	va_end(arguments);
	return false;
}

bool recording_file_open(struct recording_file *file, const char *path)
{
	struct stat status;

	file->fd = regular_file_open(path, &status);
	if (file->fd < 0 && errno == EINVAL)
		return recording_file_fail(file, "is not a finleak recording (not a regular file)");
	if (file->fd < 0)
		return recording_file_fail(file, "cannot be opened: %s", strerror(errno));
	if (status.st_size == 0)
		return recording_file_fail(file, "is empty");
	file->size = (uint64_t)status.st_size;
	file->recording->device = status.st_dev;
	file->recording->inode = status.st_ino;
	file->recording->user = status.st_uid;
	return true;
}

bool recording_file_read(struct recording_file *file, uint64_t offset, void *buffer, size_t size)
{
	char *place = buffer;

	while (size) {
		ssize_t got = pread(file->fd, place, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return recording_file_fail(file, "cannot be read: %s", strerror(errno));
		if (got == 0)
			return recording_file_fail(file, "is cut short (it ends at byte %llu)",
						   (unsigned long long)offset);
		place += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

bool recording_file_read_sparse(struct recording_file *file, uint64_t offset, void *buffer,
				size_t size)
{
	uint64_t end = offset + size, place = offset;

	while (place < end) {
		off_t content = lseek(file->fd, (off_t)place, SEEK_DATA);
		off_t hole;

		if (content < 0 && errno == ENXIO)
			return true;
		if (content < 0)
			return recording_file_read(file, place, (char *)buffer + (place - offset),
						   end - place);
		if ((uint64_t)content >= end)
			return true;
		hole = lseek(file->fd, content, SEEK_HOLE);
		if (hole <= content || (uint64_t)hole > end)
			hole = (off_t)end;
		if (!recording_file_read(file, (uint64_t)content,
					 (char *)buffer + ((uint64_t)content - offset),
					 (size_t)(hole - content)))
			return false;
		place = (uint64_t)hole;
	}
	return true;
}
