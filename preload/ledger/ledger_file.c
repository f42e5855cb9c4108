/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_file.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/ledger/asked_file.h"
#include "preload/ledger/put_text.h"
#include "preload/platform/raw_calls.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Appends the N-th name's number and SUFFIX to the stem, which ends at PLACE. */
static void put_name(char *place, unsigned int n, const char *suffix)
{
	put_text(put_number(place, n), suffix, RECORDED_FILE_NAME_MAX);
}

/* More than one process can leave in a folder under one number. */
#define NAMES_MAX 1000000u

static bool create_itself(const char *folder, const char *name, int pid, struct ledger_file *file)
{
	char *shown, *c, *end;
	unsigned int n;

	end = put_text(put_text(file->path, folder, PATH_MAX), "/", 1);
	shown = end;
	end = put_text(end, name, 16);
	for (c = shown; *c; c++)
		if (*c == '/' || *c == '%' || *c <= ' ' || *c == 0x7f || *c == '.')
			*c = '_';
	end = put_text(put_number(put_text(end, ".", 1), (unsigned int)pid), ".", 1);
	file->stem = (size_t)(end - file->path);
	for (n = 0; n < NAMES_MAX; n++) {
		put_name(end, n, RECORDING_STARTING);
		file->fd =
			open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (file->fd >= 0)
			return true;
		if (errno != EEXIST)
			return false;
	}
	return false;
}

bool ledger_file_create(const struct ledger_home *home, const char *name, int pid,
			struct ledger_file *file)
{
	struct asked_file asked;

	file->maker = -1;
	if (home->folder[0] && create_itself(home->folder, name, pid, file))
		return true;
	if (!asked_file_create(home->maker, name, pid, &asked))
		return false;
	file->maker = asked.maker;
	file->fd = asked.fd;
	return true;
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
	/* As long as need be: each page of the stack that a forked child touches is a copy. */
	char *path, *end;
	unsigned int n;

	if (file->maker >= 0)
		return asked_file_publish(&(struct asked_file){ file->maker, file->fd }, name);
	path = alloca(file->stem + RECORDED_FILE_NAME_MAX);
	memcpy(path, file->path, file->stem);
	end = path + file->stem;
	for (n = 0; n < NAMES_MAX; n++) {
		put_name(end, n, RECORDING_SUFFIX);
		if (rename_to_new(file->path, path)) {
			put_text(file->path, path, sizeof(file->path));
			put_text(name, strrchr(path, '/') + 1, RECORDED_FILE_NAME_MAX - 1);
			return true;
		}
		if (errno != EEXIST)
			return false;
	}
	return false;
}

bool ledger_file_reserve(void *map, size_t start, size_t length)
{
	return madvise((char *)map + start, length, MADV_POPULATE_WRITE) == 0;
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
	/* What was not published the maker takes away. */
	if (file->maker >= 0)
		raw_close(file->maker);
	else if (!keep)
		unlink(file->path);
}
