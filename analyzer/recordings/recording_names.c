/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/recordings/recording_reader.h"

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

void recordings_names_sort(char **names, size_t count)
{
	if (count)
		qsort(names, count, sizeof(*names), by_name);
}

bool recordings_names_have(char *const *names, size_t count, const char *name)
{
	return count && bsearch(&name, names, count, sizeof(*names), by_name);
}

int recordings_names_read(const char *folder, char ***names, size_t *count)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	*names = NULL;
	*count = 0;
	if (!directory)
		return errno;
	while ((entry = readdir(directory)) != NULL) {
		char **next;

		if (!path_suffix(entry->d_name, RECORDING_SUFFIX))
			continue;
		next = allocate_next(names, *count, sizeof(**names));
		*next = allocate_text(entry->d_name);
		++*count;
	}
	closedir(directory);
	recordings_names_sort(*names, *count);
	return 0;
}

char **recordings_names(const char *folder, size_t *count)
{
	char **names;

	recordings_names_read(folder, &names, count);
	return names;
}

void recordings_names_free(char **names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
