/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/cache_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "analyzer/base/allocate.h"

/* What a writer that was killed has left: nobody takes that long to write a file. */
#define TEMPORARY     ".new."
#define ABANDONED_SEC 3600

/* A file that was not read for so long counts as older; to note each reading would be a write. */
#define TOUCH_AFTER_SEC 86400

struct cached_file {
	char *name;
	off_t size;
	struct timespec used;
};

char *cache_folder_name(void)
{
	const char *folder = getenv("FINLEAK_CACHE"), *base = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (folder)
		return folder[0] ? allocate_text(folder) : NULL;
	if (base && base[0] == '/')
		return allocate_printed("%s/finleak", base);
	return home && home[0] == '/' ? allocate_printed("%s/.cache/finleak", home) : NULL;
}

/* What others can write is not believed. */
static bool is_ours(const struct stat *status)
{
	return status->st_uid == geteuid() && !(status->st_mode & (S_IWGRP | S_IWOTH));
}

/* The folder where it is ours, else -1. */
static int open_folder(const char *folder)
{
	int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (directory < 0)
		return -1;
	if (fstat(directory, &status) == 0 && is_ours(&status))
		return directory;
	close(directory);
	return -1;
}

unsigned char *cache_folder_read(const char *folder, const char *file, size_t *size)
{
	int directory = open_folder(folder), fd;
	unsigned char *bytes = NULL;
	struct stat status;
	size_t done = 0;
	ssize_t got = 0;

	if (directory < 0)
		return NULL;
	fd = openat(directory, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close(directory);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || !is_ours(&status) ||
	    status.st_size <= 0 || status.st_size > CACHE_FILE_MAX)
		goto out;
	*size = (size_t)status.st_size;
	bytes = allocate_zeroed(*size, 1);
	while (done < *size && (got = read(fd, bytes + done, *size - done)) > 0)
		done += (size_t)got;
	if (done < *size) {
		free(bytes);
		bytes = NULL;
	} else if (time(NULL) - status.st_mtim.tv_sec > TOUCH_AFTER_SEC) {
		futimens(fd, NULL);
	}
out:
	close(fd);
	return bytes;
}

/* Makes FOLDER and, of those above it, the last: ~/.cache. */
static int make_folder(const char *folder)
{
	char *above = allocate_text(folder), *slash = strrchr(above, '/');

	if (slash && slash != above) {
		*slash = '\0';
		(void)mkdir(above, 0700);
	}
	free(above);
	(void)mkdir(folder, 0700);
	return open_folder(folder);
}

static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t wrote = write(fd, bytes, size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		bytes += wrote;
		size -= (size_t)wrote;
	}
	return true;
}

static int oldest_first(const void *left, const void *right)
{
	const struct cached_file *a = left, *b = right;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return a->used.tv_nsec < b->used.tv_nsec ? -1 : a->used.tv_nsec > b->used.tv_nsec ? 1 : 0;
}

/* Deletes the oldest files of DIRECTORY until what is left is within the bounds. */
static void bound_folder(int directory)
{
	struct cached_file *files = NULL;
	size_t count = 0, i;
	struct dirent *entry;
	DIR *listing = fdopendir(dup(directory));
	off_t total = 0;

	while (listing && (entry = readdir(listing)) != NULL) {
		struct cached_file *file;
		struct stat status;

		if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		if (strstr(entry->d_name, TEMPORARY)) {
			if (time(NULL) - status.st_mtim.tv_sec > ABANDONED_SEC)
				unlinkat(directory, entry->d_name, 0);
			continue;
		}
		file = allocate_next(&files, count++, sizeof(*file));
		file->name = allocate_text(entry->d_name);
		file->size = status.st_size;
		file->used = status.st_mtim;
		total += status.st_size;
	}
	if (listing)
		closedir(listing);
	if (count)
		qsort(files, count, sizeof(*files), oldest_first);
	for (i = 0; i < count; i++) {
		if (total > CACHE_FOLDER_MAX && unlinkat(directory, files[i].name, 0) == 0)
			total -= files[i].size;
		free(files[i].name);
	}
	free(files);
}

void cache_folder_write(const char *folder, const char *file, const unsigned char *bytes,
			size_t size)
{
	int directory = make_folder(folder), fd;
	char *temporary;
	bool ok;

	if (directory < 0)
		return;
	temporary = allocate_printed("%s%s%d", file, TEMPORARY, (int)getpid());
	/* Left by a process of the same number that was killed. */
	unlinkat(directory, temporary, 0);
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd >= 0) {
		ok = write_all(fd, bytes, size);
		ok = close(fd) == 0 && ok;
		if (!ok || renameat(directory, temporary, directory, file) != 0)
			unlinkat(directory, temporary, 0);
	}
	bound_folder(directory);
	free(temporary);
	close(directory);
}
