/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/code_map_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/new_file.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/regular_file.h"
#include "analyzer/recordings/recording_reader.h"

/* By how much the time of a file may differ from the clock that events are stamped with. */
#define TIME_SLACK_NS (100 * (int64_t)NS_PER_MS)

static char *map_in_tmp(int pid)
{
	return allocate_printed("/tmp/perf-%d.map", pid);
}

static char *map_beside(const char *path)
{
	return path_with_suffix(path, RECORDING_SUFFIX, CODE_MAP_SUFFIX);
}

/* Opens the file PATH, which is no link and has no second name. -1: there is none. */
static int open_map(const char *path, struct stat *status)
{
	struct stat named;
	int fd;

	if (lstat(path, &named) < 0 || !S_ISREG(named.st_mode) || named.st_nlink != 1)
		return -1;
	fd = regular_file_open(path, status);
	if (fd < 0 || (status->st_dev == named.st_dev && status->st_ino == named.st_ino))
		return fd;
	close(fd);
	return -1;
}

static bool ran_at(const struct recording_header *header, int64_t realtime_ns)
{
	uint64_t end_ns = header->end_ns ? header->end_ns : header->reaped_ns;
	int64_t start_ns = header->start_realtime_ns;

	if (realtime_ns < start_ns - TIME_SLACK_NS)
		return false;
	return end_ns < header->start_ns ||
	       realtime_ns - start_ns - TIME_SLACK_NS <= (int64_t)(end_ns - header->start_ns);
}

static bool is_written_by(const struct recording *recording, const struct stat *status)
{
	return status->st_uid == recording->user &&
	       ran_at(&recording->header, (int64_t)status->st_mtim.tv_sec * (int64_t)NS_PER_S +
						  status->st_mtim.tv_nsec);
}

/* Of the recording's user, or kept by whoever may write in our name. */
static bool is_kept_for(const struct recording *recording, const struct stat *status)
{
	return status->st_uid == recording->user || status->st_uid == geteuid() ||
	       status->st_uid == 0;
}

/* What it has now: it may grow, or shrink, meanwhile. NULL: nothing, or too much. */
static struct code_map *read_map(int fd, const struct stat *status)
{
	size_t size = (size_t)status->st_size, length = 0;
	char *text;
	ssize_t got;

	if (status->st_size <= 0 || status->st_size > CODE_MAP_BYTES_MAX)
		return NULL;
	text = allocate_zeroed(size, 1);
	while (length < size && (got = read(fd, text + length, size - length)) > 0)
		length += (size_t)got;
	return code_map_new(text, length);
}

/* The map in the file PATH, which it frees, if that HOLDS; else NULL. */
static struct code_map *map_in(char *path, const struct recording *recording,
			       bool (*holds)(const struct recording *, const struct stat *))
{
	struct code_map *map = NULL;
	struct stat status;
	int fd = open_map(path, &status);

	free(path);
	if (fd < 0)
		return NULL;
	if (holds(recording, &status))
		map = read_map(fd, &status);
	close(fd);
	return map;
}

struct code_map *code_map_of(const struct recording *recording)
{
	struct code_map *kept = map_in(map_beside(recording->path), recording, is_kept_for);

	return kept ? kept : map_in(map_in_tmp(recording->header.pid), recording, is_written_by);
}

/* Returns 0 or an errno. */
static int copy_all(int from, FILE *to)
{
	char buffer[1 << 16];
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (fwrite(buffer, 1, (size_t)got, to) != (size_t)got)
			return errno;
	return got < 0 ? errno : 0;
}

static int copy_beside(int from, const char *recording)
{
	char *path = map_beside(recording);
	struct new_file copy;
	int failure = new_file_begin(&copy, path, NULL, 0600);

	if (!failure)
		failure = new_file_end(&copy, copy_all(from, copy.stream));
	free(path);
	return failure;
}

static void remove_map(const char *path, const struct stat *copied)
{
	struct stat now;

	if (lstat(path, &now) == 0 && now.st_dev == copied->st_dev && now.st_ino == copied->st_ino)
		unlink(path);
}

int code_map_keep(const char *path, int pid)
{
	char *map = map_in_tmp(pid), error[256];
	struct recording *recording = NULL;
	struct stat status;
	int fd = open_map(map, &status), failure = 0;

	if (fd < 0)
		goto out;
	recording = recording_read_sockets(path, error, sizeof(error));
	if (!recording || !is_written_by(recording, &status))
		goto out;
	if (status.st_size > CODE_MAP_BYTES_MAX) {
		failure = EFBIG;
		goto out;
	}
	failure = copy_beside(fd, path);
	if (!failure && (recording->header.options & OPTION_CODE_MAP))
		remove_map(map, &status);
out:
	if (fd >= 0)
		close(fd);
	recording_free(recording);
	free(map);
	return failure;
}
