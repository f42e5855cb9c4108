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

bool path_is_libc(const char *path)
{
	const char *name = path_base(path);

	return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-2", 6) == 0;
}
