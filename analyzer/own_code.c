/* SPDX-License-Identifier: MIT */
#include "analyzer/own_code.h"

#include <fnmatch.h>
#include <string.h>

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	/* /lib, /lib64, /lib32, /libx32: one rule for the names that distributions use. */
	if (strncmp(path, folder, length) != 0)
		return false;
	path += length;
	while (*path && *path != '/')
		path++;
	return *path == '/';
}

static bool is_own(const char *module, const char *executable, const char *const *own)
{
	const char *slash = strrchr(module, '/');

	if (own) {
		for (; *own; own++)
			if (fnmatch(*own, module, 0) == 0 ||
			    fnmatch(*own, slash ? slash + 1 : module, 0) == 0)
				return true;
		return false;
	}
	if (executable[0] && strcmp(module, executable) == 0)
		return true;
	/* "[vdso]" and what has no name are nobody's code. */
	return module[0] == '/' && !is_below(module, "/lib") && !is_below(module, "/usr/lib");
}

const struct frame *own_code_site(const struct frame *frames, size_t count, const char *executable,
				  const char *const *own)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (is_own(frames[i].module, executable, own))
			return &frames[i];
	for (i = 0; i < count; i++)
		if (frames[i].function)
			return &frames[i];
	return count ? &frames[0] : NULL;
}
