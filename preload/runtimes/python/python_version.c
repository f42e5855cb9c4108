/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_version.h"

#include <string.h>

unsigned int python_minor_version(uint64_t version, bool has_3_10, bool has_3_9)
{
	if (version)
		return version >> 24 == 3 ? version >> 16 & 0xff : 0;
	if (has_3_10)
		return 10;
	return has_3_9 ? 9 : 0;
}

bool python_is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length = strlen(name);

	return strncmp(base, name, length) == 0 &&
	       (base[length] == '\0' || (base[length] >= '0' && base[length] <= '9'));
}
