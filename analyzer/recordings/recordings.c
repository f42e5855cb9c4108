/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recordings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/progress.h"
#include "analyzer/base/utf8.h"
#include "analyzer/recordings/observation_file.h"
#include "analyzer/recordings/process_relations.h"
#include "analyzer/recordings/recording_names.h"
#include "analyzer/recordings/recording_reader.h"
#include "analyzer/recordings/runs_in_folder.h"

static void count_unreadable(struct recordings *recordings, const char *path, const char *what)
{
	recordings->unreadable++;
	if (recordings->quiet)
		return;
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, path);
	fputc(' ', stderr);
	utf8_print_escaped(stderr, what);
	fputc('\n', stderr);
}

/* A file that has been read. */
struct known_file {
	struct file_identity {
		uint64_t device, inode;
	} identity;
	UT_hash_handle hh;
};

/* Was RECORDING read before, as by naming a folder and a file in it? Remembers it. */
static bool is_known(struct recordings *recordings, const struct recording *recording)
{
	const struct file_identity identity = { recording->device, recording->inode };
	struct known_file *known;

	HASH_FIND(hh, recordings->known, &identity, sizeof(identity), known);
	if (known)
		return true;
	known = allocate_zeroed(1, sizeof(*known));
	known->identity = identity;
	HASH_ADD(hh, recordings->known, identity, sizeof(known->identity), known);
	return false;
}

static void forget_known(struct recordings *recordings)
{
	struct known_file *known, *next;

	HASH_ITER(hh, recordings->known, known, next) {
		HASH_DEL(recordings->known, known);
		free(known);
	}
}

static void add_file(struct recordings *recordings, const char *path)
{
	char error[256] = "";
	struct recording *recording = recording_read(path, error, sizeof(error));
	struct observation *observation;
	bool unusable;

	if (!recording) {
		count_unreadable(recordings, path, error);
		return;
	}
	if (is_known(recordings, recording)) {
		recording_free(recording);
		return;
	}
	observation = observation_read(path, &unusable);
	if (unusable)
		count_unreadable(
			recordings, path,
			"has a sample (.observed) that is damaged or was written by another "
			"version of finleak: what the kernel showed is unknown");
	recordings_add(recordings, recording, observation);
}

/* Folders in folders, and no further: what a user keeps together is not nested deeper. */
#define DEPTH_MAX 8

static void add_folder(struct recordings *recordings, const char *folder, char **except,
		       size_t except_count, unsigned int depth);

/* The folders in FOLDER, links left out, by name. */
static void add_subfolders(struct recordings *recordings, const char *folder, unsigned int depth)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	char **names = NULL;
	size_t count = 0, i;
	struct stat status;

	while (directory && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(status.st_mode))
			continue;
		*(char **)allocate_next(&names, count, sizeof(*names)) =
			allocate_printed("%s/%s", folder, entry->d_name);
		count++;
	}
	if (directory)
		closedir(directory);
	recordings_names_sort(names, count);
	for (i = 0; i < count; i++)
		add_folder(recordings, names[i], NULL, 0, depth + 1);
	recordings_names_free(names, count);
}

static void add_folder(struct recordings *recordings, const char *folder, char **except,
		       size_t except_count, unsigned int depth)
{
	size_t count, i;
	char **names;
	int failure = recordings_names_read(folder, &names, &count);

	/* What can't be opened further down may have nothing to do with recordings. */
	if (failure && depth)
		return;
	if (failure) {
		char *what = allocate_printed("cannot be opened: %s", strerror(failure));

		count_unreadable(recordings, folder, what);
		free(what);
		return;
	}
	progress_begin("reading recordings", count);
	for (i = 0; i < count; i++) {
		char *path;

		progress_step();
		if (recordings_names_have(except, except_count, names[i]))
			continue;
		path = allocate_printed("%s/%s", folder, names[i]);
		add_file(recordings, path);
		free(path);
	}
	progress_end();
	recordings_names_free(names, count);
	if (except_count)
		run_last_in_folder(recordings, folder);
	else
		runs_in_folder(recordings, folder);
	if (recordings->subfolders && depth < DEPTH_MAX)
		add_subfolders(recordings, folder, depth);
}

static struct recordings *read_all(char *const *paths, size_t count, char **except,
				   size_t except_count, bool subfolders, bool quiet)
{
	struct recordings *recordings = allocate_zeroed(1, sizeof(*recordings));
	struct stat status;
	size_t i;

	recordings->quiet = quiet;
	recordings->subfolders = subfolders;
	for (i = 0; i < count; i++) {
		if (stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode)) {
			add_folder(recordings, paths[i], except, except_count, 0);
			continue;
		}
		add_file(recordings, paths[i]);
		run_beside_recording(recordings, paths[i]);
	}
	forget_known(recordings);
	processes_relate(recordings->list, recordings->count);
	return recordings;
}

struct recordings *recordings_read(char *const *paths, size_t count, char **except,
				   size_t except_count)
{
	return read_all(paths, count, except, except_count, false, false);
}

struct recordings *recordings_read_below(char *const *paths, size_t count)
{
	return read_all(paths, count, NULL, 0, true, false);
}

struct recordings *recordings_read_again(const struct recordings *recordings, char *const *paths,
					 size_t count, char **except, size_t except_count)
{
	return read_all(paths, count, except, except_count, recordings->subfolders, true);
}
