/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/own_code.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
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

/* "python3", "python3.11", "libpython3.11.so.1.0" for NAME "python3" and "libpython3" */
static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash ? slash + 1 : path, name, strlen(name)) == 0;
}

/*
 * Does PATH belong to a Python installation, wherever that is (/usr, /usr/local, a version
 * manager's folder, a virtual environment)? Modules that were installed there are not the
 * program's own either.
 */
static bool is_installed_python(const char *path)
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

/* Where a script runs, the interpreter's own code is a library, also when it is the executable. */
static bool is_own_beside_script(const struct frame *frame)
{
	const char *path = frame->module;

	if (is_installed_python(path) || is_named(path, "libpython3"))
		return false;
	if (frame->script)
		return path[0] != '\0';
	return !is_named(path, "python3");
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

/* Code that a library's header put into the program's module: inlined, or made of templates. */
static bool is_from_system_header(const struct frame *frame)
{
	static const char *const folders[] = { "/usr/include/", "/usr/local/include/" };
	size_t i;

	if (!frame->file)
		return false;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(frame->file, folders[i], strlen(folders[i])) == 0)
			return true;
	return strstr(frame->file, "/include/c++/") != NULL;
}

/* A sanitizer's runtime that was linked into the program (clang's): its stand-in for a call. */
static bool is_from_sanitizer(const struct frame *frame)
{
	const char *name = frame->function;

	if (!name)
		return false;
	return strncmp(name, "__interceptor_", 14) == 0 ||
	       strncmp(name, "___interceptor_", 15) == 0;
}

const struct frame *own_code_site(const struct frame *frames, size_t count, const char *executable,
				  const char *const *own)
{
	const struct frame *script = NULL, *header = NULL;
	size_t i;

	for (i = 0; i < count && !script; i++)
		if (frames[i].script)
			script = &frames[i];
	for (i = 0; i < count; i++) {
		if (!own && script && !is_own_beside_script(&frames[i]))
			continue;
		/* Of a script, what is not the interpreter's is own, in whichever folder. */
		if (!(!own && frames[i].script) && !is_own(frames[i].module, executable, own))
			continue;
		if (!is_from_system_header(&frames[i]) && !is_from_sanitizer(&frames[i]))
			return &frames[i];
		if (!header)
			header = &frames[i];
	}
	if (header)
		return header;
	if (script)
		return script;
	for (i = 0; i < count; i++)
		if (frames[i].function)
			return &frames[i];
	return count ? &frames[0] : NULL;
}
