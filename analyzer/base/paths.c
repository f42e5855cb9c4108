/* SPDX-License-Identifier: MIT */
#include "analyzer/base/paths.h"

#include <string.h>

#include "analyzer/base/allocate.h"

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
	const char *base = path_base(path);

	return base > path ? allocate_printed("%.*s", (int)(base - path), path)
			   : allocate_text(".");
}

const char *path_suffix(const char *path, const char *suffix)
{
	size_t length = strlen(path), end = strlen(suffix);

	return length > end && strcmp(path + length - end, suffix) == 0 ? path + length - end
									: NULL;
}

char *path_with_suffix(const char *path, const char *old, const char *new)
{
	const char *end = path_suffix(path, old);

	return allocate_printed("%.*s%s", end ? (int)(end - path) : (int)strlen(path), path, new);
}

bool path_is_libc(const char *path)
{
	const char *name = path_base(path);

	return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-2", 6) == 0;
}
