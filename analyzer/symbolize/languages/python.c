/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * Does PATH belong to a Python installation, wherever that is (/usr, /usr/local, a version
 * manager's folder, a virtual environment)? Modules that were installed there are not the
 * program's own either.
 */
static bool is_library(const char *path)
{
	const char *folder;

	if (strstr(path, "/site-packages/") || strstr(path, "/dist-packages/"))
		return true;
	for (folder = path; (folder = strstr(folder, "/lib")) != NULL; folder++) {
		const char *rest = folder + strlen("/lib");

		if (strncmp(rest, "64", 2) == 0)
			rest += 2;
		if (strncmp(rest, "/python3.", 9) == 0 && isdigit((unsigned char)rest[9])) {
			strtoul(rest + 9, (char **)&rest, 10);
			/* the free-threaded build's folder ends in t */
			if (rest[*rest == 't'] == '/')
				return true;
		}
	}
	return strncmp(path, "<frozen ", 8) == 0 || strncmp(path, "/usr/lib/python3/", 17) == 0;
}

static const char *const files[] = { "python3", "libpython3", NULL };

const struct language language_python = {
	.name = "python",
	.machine = "the Python interpreter",
	.files = files,
	.is_library = is_library,
	.closing = { "close()", "close() on the socket object (or use it in a with statement)",
		     "returns nothing" },
};
