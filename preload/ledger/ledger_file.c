/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/platform/raw_calls.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Writes the N-th name with SUFFIX into PATH, which is as long as FILE's and begins like it. */
static void put_name(char *path, const struct ledger_file *file, unsigned int n, const char *suffix)
{
	snprintf(path + file->stem, sizeof(file->path) - file->stem, "%u%s", n, suffix);
}

/* More than one process can leave in a folder under one number. */
#define NAMES_MAX 1000000u

bool ledger_file_create(const char *folder, const char *name, int pid, struct ledger_file *file)
{
	char shown[17];
	unsigned int n;
	char *c;

	snprintf(shown, sizeof(shown), "%s", name);
	for (c = shown; *c; c++)
		if (*c == '/' || *c == '%' || *c <= ' ' || *c == 0x7f || *c == '.')
			*c = '_';
	file->stem =
		(size_t)snprintf(file->path, sizeof(file->path), "%s/%s.%d.", folder, shown, pid);
	for (n = 0; n < NAMES_MAX; n++) {
		put_name(file->path, file, n, RECORDING_STARTING);
		file->fd =
			open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (file->fd >= 0)
			return true;
		if (errno != EEXIST)
			return false;
	}
	return false;
}

bool ledger_file_reserve(void *map, size_t start, size_t length)
{
	return madvise((char *)map + start, length, MADV_POPULATE_WRITE) == 0;
}

/* Renames, but replaces nothing. Not every file system can do that in one step. */
static bool rename_to_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	return link(from, to) == 0 && unlink(from) == 0;
}

bool ledger_file_publish(struct ledger_file *file, char name[RECORDED_FILE_NAME_MAX])
{
	char path[sizeof(file->path)];
	unsigned int n;

	memcpy(path, file->path, sizeof(path));
	for (n = 0; n < NAMES_MAX; n++) {
		put_name(path, file, n, RECORDING_SUFFIX);
		if (rename_to_new(file->path, path)) {
			memcpy(file->path, path, sizeof(path));
			snprintf(name, RECORDED_FILE_NAME_MAX, "%s", strrchr(path, '/') + 1);
			return true;
		}
		if (errno != EEXIST)
			return false;
	}
	return false;
}

bool ledger_file_size(const struct ledger_file *file, const struct ledger_layout *layout,
		      uint64_t size_limit)
{
	size_t size = ledger_layout_size(layout);

	/* Growing a file over RLIMIT_FSIZE would send SIGXFSZ to the program. */
	return size <= size_limit && ftruncate(file->fd, size) == 0 &&
	       (!layout->written_whole || posix_fallocate(file->fd, 0, size) == 0);
}

bool ledger_file_write(const struct ledger_file *file, uint64_t offset, const void *bytes,
		       size_t size)
{
	return raw_pwrite(file->fd, bytes, size, offset) == (long)size;
}

void ledger_file_close(const struct ledger_file *file, bool keep)
{
	raw_close(file->fd);
	if (!keep)
		unlink(file->path);
}
