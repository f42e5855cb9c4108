/* SPDX-License-Identifier: MIT */
#include "analyzer/report/debug_packages.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/report.h"

#define LISTS "/var/lib/dpkg/info/*.list"

/* A search reads all lists. Recordings, which name the modules, may be anybody's. */
#define SEARCHES_MAX 16

struct known_library {
	char *path;
	char *package; /* NULL: none */
	bool hinted;
	UT_hash_handle hh;
};

struct debug_packages {
	const char *sysroot;
	struct known_library *known;
	size_t searches;
};

struct debug_packages *debug_packages_new(const char *sysroot)
{
	struct debug_packages *packages = allocate_zeroed(1, sizeof(*packages));

	packages->sysroot = sysroot ? sysroot : "";
	return packages;
}

void debug_packages_free(struct debug_packages *packages)
{
	struct known_library *library, *next;

	if (!packages)
		return;
	HASH_ITER(hh, packages->known, library, next) {
		HASH_DEL(packages->known, library);
		free(library->path);
		free(library->package);
		free(library);
	}
	free(packages);
}

/* /usr/lib/x and /lib/x are one file since /usr was merged; a list has either. */
static const char *without_usr(const char *path)
{
	return strncmp(path, "/usr/", 5) == 0 ? path + 4 : path;
}

static bool has_line(const char *list, const char *wanted)
{
	FILE *file = fopen(list, "re");
	bool found = false;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (!file)
		return false;
	while (!found && (length = getline(&line, &size, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		found = strcmp(without_usr(line), wanted) == 0;
	}
	free(line);
	fclose(file);
	return found;
}

/* ".../info/libssl3:amd64.list" -> "libssl3-dbgsym" */
static char *package_of_list(const char *list)
{
	const char *name = path_base(list);
	int length = (int)strcspn(name, ":");

	if (name[length] == '\0')
		length = (int)(strlen(name) - strlen(".list"));
	/* Older than the rule. */
	if (strncmp(name, "libc6", (size_t)length) == 0 && length == 5)
		return allocate_text("libc6-dbg");
	return allocate_printed("%.*s-dbgsym", length, name);
}

/* Packages put libraries and programs nowhere else. PATH: without /usr. */
static bool is_from_package(const char *path)
{
	return strncmp(path, "/lib", 4) == 0 || strncmp(path, "/bin/", 5) == 0 ||
	       strncmp(path, "/sbin/", 6) == 0;
}

static char *find_package(struct debug_packages *packages, const char *module)
{
	char *pattern = allocate_printed("%s" LISTS, packages->sysroot), *package = NULL;
	glob_t lists = { 0 };
	size_t i;

	if (!is_from_package(without_usr(module)) || packages->searches++ >= SEARCHES_MAX) {
		free(pattern);
		return NULL;
	}
	if (glob(pattern, GLOB_NOSORT, NULL, &lists) == 0)
		for (i = 0; i < lists.gl_pathc && !package; i++)
			if (has_line(lists.gl_pathv[i], without_usr(module)))
				package = package_of_list(lists.gl_pathv[i]);
	globfree(&lists);
	free(pattern);
	return package;
}

static struct known_library *known_library(struct debug_packages *packages, const char *module)
{
	struct known_library *library;

	HASH_FIND_STR(packages->known, module, library);
	if (library)
		return library;
	library = allocate_zeroed(1, sizeof(*library));
	library->path = allocate_text(module);
	library->package = find_package(packages, module);
	HASH_ADD_KEYPTR(hh, packages->known, library->path, strlen(library->path), library);
	return library;
}

const char *debug_packages_find(struct debug_packages *packages, const char *module)
{
	return known_library(packages, module)->package;
}

bool debug_packages_is_news(struct debug_packages *packages, const char *module)
{
	struct known_library *library = known_library(packages, module);
	bool is_news = !library->hinted;

	library->hinted = true;
	return is_news;
}
