/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_relatives.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/report.h"

/* Marks B related if A is, and the other way round. Returns whether that changed anything. */
static bool relate(const struct recordings *recordings, bool *related, const struct process *a,
		   const struct process *b)
{
	bool *of_a, *of_b;

	if (!a || !b)
		return false;
	of_a = &related[a - recordings->list];
	of_b = &related[b - recordings->list];
	if (*of_a == *of_b)
		return false;
	*of_a = *of_b = true;
	return true;
}

/* Spreads the mark until nothing changes. */
static void spread(const struct recordings *recordings, bool *related)
{
	bool news = true;
	size_t i;

	/* They are sorted by start, so one round reaches all descendants. */
	while (news) {
		news = false;
		for (i = 0; i < recordings->count; i++) {
			const struct process *process = &recordings->list[i];

			news |= relate(recordings, related, process, process->parent);
			news |= relate(recordings, related, process, process->predecessor);
		}
	}
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Remembers those of RECORDINGS that are not related to PATH. Returns how many there are. */
static size_t find_strangers(struct watch_relatives *relatives, const struct recordings *recordings,
			     const char *path)
{
	bool *related = allocate_zeroed(recordings->count + 1, sizeof(*related));
	bool any = false;
	struct stat own;
	size_t found = 0, i;

	for (i = 0; stat(path, &own) == 0 && i < recordings->count; i++) {
		const struct recording *recording = recordings->list[i].recording;

		related[i] = recording->inode == own.st_ino && recording->device == own.st_dev;
		any |= related[i];
	}
	spread(recordings, related);
	for (i = 0; any && i < recordings->count; i++) {
		char **name;

		if (related[i])
			continue;
		name = allocate_next(&relatives->strangers, relatives->stranger_count,
				     sizeof(*name));
		*name = allocate_text(path_base(recordings->list[i].recording->path));
		relatives->stranger_count++;
		found++;
	}
	if (found)
		qsort(relatives->strangers, relatives->stranger_count,
		      sizeof(*relatives->strangers), by_name);
	free(related);
	return found;
}

struct recordings *watch_relatives_read(struct watch_relatives *relatives, const char *path)
{
	char *folder = path_folder(path);
	struct recordings *recordings =
		recordings_read(&folder, 1, relatives->strangers, relatives->stranger_count);

	if (find_strangers(relatives, recordings, path)) {
		recordings_free(recordings);
		recordings = recordings_read(&folder, 1, relatives->strangers,
					     relatives->stranger_count);
	}
	free(folder);
	return recordings;
}

void watch_relatives_clear(struct watch_relatives *relatives)
{
	size_t i;

	for (i = 0; i < relatives->stranger_count; i++)
		free(relatives->strangers[i]);
	free(relatives->strangers);
}
