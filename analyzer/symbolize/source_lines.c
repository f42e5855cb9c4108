/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/source_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/regular_file.h"

/* The names come out of debug information, which may name anything: /dev/zero, a disk image. */
#define SOURCE_SIZE_MAX (16u << 20)

struct source_file {
	UT_hash_handle hh;
	char *path;
	char *text; /* lines are NUL-terminated in it; NULL: not there */
	char **lines;
	size_t line_count;
};

struct source_lines {
	char *sysroot;
	struct source_file *files;
};

struct source_lines *source_lines_new(const char *sysroot)
{
	struct source_lines *sources = allocate_zeroed(1, sizeof(*sources));

	if (sysroot)
		sources->sysroot = allocate_text(sysroot);
	return sources;
}

void source_lines_free(struct source_lines *sources)
{
	struct source_file *file, *next;

	if (!sources)
		return;
	HASH_ITER(hh, sources->files, file, next) {
		HASH_DEL(sources->files, file);
		free(file->path);
		free(file->text);
		free(file->lines);
		free(file);
	}
	free(sources->sysroot);
	free(sources);
}

/* The whole of a regular file, NUL-terminated; NULL where it can't be read. */
static char *read_regular(const char *path)
{
	struct stat status;
	char *text = NULL;
	size_t size = 0;
	ssize_t got;
	int fd;

	fd = regular_file_open(path, &status);
	if (fd < 0)
		return NULL;
	if (status.st_size > SOURCE_SIZE_MAX)
		goto out;
	text = allocate_zeroed((size_t)status.st_size + 1, 1);
	while (size < (size_t)status.st_size &&
	       (got = read(fd, text + size, (size_t)status.st_size - size)) > 0)
		size += (size_t)got;
	/* A NUL inside would cut its line only; one at the end is ours. */
	text[size] = '\0';
out:
	close(fd);
	return text;
}

static void split_lines(struct source_file *file)
{
	char *line = file->text;

	while (*line) {
		char *end = strchrnul(line, '\n');
		bool last = *end == '\0';

		*(char **)allocate_next(&file->lines, file->line_count++, sizeof(char *)) = line;
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		*end = '\0';
		if (last)
			break;
		line = end + 1;
	}
}

static struct source_file *find_file(struct source_lines *sources, const char *path)
{
	struct source_file *file;

	HASH_FIND_STR(sources->files, path, file);
	if (file)
		return file;
	file = allocate_zeroed(1, sizeof(*file));
	file->path = allocate_text(path);
	if (sources->sysroot) {
		char *below = allocate_printed("%s/%s", sources->sysroot, path);

		file->text = read_regular(below);
		free(below);
	}
	if (!file->text)
		file->text = read_regular(path);
	if (file->text)
		split_lines(file);
	HASH_ADD_KEYPTR(hh, sources->files, file->path, strlen(file->path), file);
	return file;
}

const char *source_line(struct source_lines *sources, const char *path, unsigned int number)
{
	const struct source_file *file;

	if (!path || !path[0] || number == 0)
		return NULL;
	file = find_file(sources, path);
	return number <= file->line_count ? file->lines[number - 1] : NULL;
}
