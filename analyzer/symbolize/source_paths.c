/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/source_paths.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

struct source_prefix {
	char *old, *new;
};

struct source_paths {
	struct source_prefix *prefixes;
	size_t prefix_count;
};

struct source_paths *source_paths_new(const char *const *prefixes)
{
	struct source_paths *paths = allocate_zeroed(1, sizeof(*paths));

	for (; prefixes && *prefixes; prefixes++) {
		const char *equals = strchr(*prefixes, '=');
		struct source_prefix *added;

		if (!equals || equals == *prefixes)
			continue;
		added = allocate_next(&paths->prefixes, paths->prefix_count++, sizeof(*added));
		added->old = allocate_text(*prefixes);
		added->old[equals - *prefixes] = '\0';
		added->new = allocate_text(equals + 1);
	}
	return paths;
}

void source_paths_free(struct source_paths *paths)
{
	size_t i;

	for (i = 0; i < paths->prefix_count; i++) {
		free(paths->prefixes[i].old);
		free(paths->prefixes[i].new);
	}
	free(paths->prefixes);
	free(paths);
}

/* Takes "." and ".." out of a path, in place, by its text alone. */
static void tidy_path(char *path)
{
	bool absolute = path[0] == '/';
	/* Nothing before `floor` may be taken back: the root, or leading ".." parts. */
	char *floor = path + absolute, *to = floor;

	for (const char *from = path; *from;) {
		const char *part = from + strspn(from, "/");
		size_t length = strcspn(part, "/");
		bool up = length == 2 && part[0] == '.' && part[1] == '.';

		from = part + length;
		if (length == 0 || (length == 1 && part[0] == '.'))
			continue;
		if (up && to > floor) {
			while (to > floor && *--to != '/')
				;
			continue;
		}
		if (up && absolute)
			continue;
		if (to > path && to[-1] != '/')
			*to++ = '/';
		memmove(to, part, length);
		to += length;
		if (up)
			floor = to;
	}
	*to = '\0';
}

char *source_paths_move(const struct source_paths *paths, const char *file)
{
	size_t i;

	for (i = 0; i < paths->prefix_count; i++) {
		const struct source_prefix *prefix = &paths->prefixes[i];
		size_t length = strlen(prefix->old);

		if (strncmp(file, prefix->old, length) != 0)
			continue;
		/* /src must not take /srcfoo along. */
		if (prefix->old[length - 1] != '/' && file[length] != '/' && file[length] != '\0')
			continue;
		return allocate_printed("%s%s", prefix->new, file + length);
	}
	return allocate_text(file);
}

char *source_paths_of_unit(const struct source_paths *paths, const char *directory,
			   const char *file)
{
	char *path, *moved;

	if (file[0] != '/' && directory)
		path = allocate_printed("%s/%s", directory, file);
	else
		path = allocate_text(file);
	tidy_path(path);
	moved = source_paths_move(paths, path);
	free(path);
	return moved;
}
