/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recordings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/observation_file.h"
#include "analyzer/recordings/process_relations.h"
#include "analyzer/recordings/recording_reader.h"
#include "analyzer/recordings/run_record.h"
#include "analyzer/recordings/stand_in.h"
#include "analyzer/base/progress.h"
#include "analyzer/base/utf8.h"
#include "analyzer/base/paths.h"

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
	struct process *process;
	bool unusable;

	if (!recording) {
		count_unreadable(recordings, path, error);
		return;
	}
	if (is_known(recordings, recording)) {
		recording_free(recording);
		return;
	}
	process = allocate_next(&recordings->list, recordings->count, sizeof(*process));
	process->recording = recording;
	process->observation = observation_read(path, &unusable);
	if (unusable)
		count_unreadable(
			recordings, path,
			"has a sample (.observed) that is damaged or was written by another "
			"version of finleak: what the kernel showed is unknown");
	recordings->count++;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names of the recordings in FOLDER, sorted. Returns 0 or an errno. */
static int list_folder(const char *folder, char ***names, size_t *count)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	*names = NULL;
	*count = 0;
	if (!directory)
		return errno;
	while ((entry = readdir(directory)) != NULL) {
		char **next;

		if (!has_suffix(entry->d_name, RECORDING_SUFFIX))
			continue;
		next = allocate_next(names, *count, sizeof(**names));
		*next = allocate_text(entry->d_name);
		++*count;
	}
	closedir(directory);
	if (*count)
		qsort(*names, *count, sizeof(**names), by_name);
	return 0;
}

char **recordings_names(const char *folder, size_t *count)
{
	char **names;

	list_folder(folder, &names, count);
	return names;
}

void recordings_names_free(char **names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void add_unrecorded(struct recordings *recordings, const struct unrecorded *unrecorded)
{
	size_t i;

	for (i = 0; i < recordings->unrecorded_count; i++) {
		if (recordings->unrecorded[i].pid != unrecorded->pid)
			continue;
		if (recordings->unrecorded[i].no_sockets)
			recordings->unrecorded[i] = *unrecorded;
		return;
	}
	*(struct unrecorded *)allocate_next(&recordings->unrecorded, recordings->unrecorded_count,
					    sizeof(*unrecorded)) = *unrecorded;
	recordings->unrecorded_count++;
}

void recordings_add_unrecorded(struct recordings *recordings, const struct unrecorded *unrecorded,
			       size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add_unrecorded(recordings, &unrecorded[i]);
}

const struct unrecorded *recordings_find_unrecorded(const struct recordings *recordings, int pid)
{
	size_t i;

	for (i = 0; i < recordings->unrecorded_count; i++)
		if (recordings->unrecorded[i].pid == pid)
			return &recordings->unrecorded[i];
	return NULL;
}

static bool has_stand_in(const struct recordings *recordings, const char *path)
{
	size_t i;

	for (i = 0; i < recordings->count; i++)
		if (recordings->list[i].recording->is_stand_in &&
		    strcmp(recordings->list[i].recording->path, path) == 0)
			return true;
	return false;
}

/* Adds what samples showed of UNRECORDED, a process of a run in FOLDER, if they showed sockets. */
static void add_stand_in(struct recordings *recordings, const char *folder,
			 const struct unrecorded *unrecorded)
{
	char *path = stand_in_path(folder, unrecorded->pid, unrecorded->run);
	struct observation *observation = NULL;
	struct recording_header *header;
	struct process *process;

	if (!has_stand_in(recordings, path))
		observation = observation_read(path, NULL);
	if (!observation || observation->pid != unrecorded->pid) {
		observation_free(observation);
		goto out;
	}
	process = allocate_next(&recordings->list, recordings->count, sizeof(*process));
	process->recording = stand_in_recording(path, unrecorded->pid, unrecorded->command);
	process->observation = observation;
	recordings->count++;
	/* What happened after the last sample is not known. */
	header = &process->recording->header;
	header->start_ns = observation->first_ns;
	header->end_ns = observation->sampled_ns;
	header->end = END_EXIT;
out:
	free(path);
}

/* One that the file of its run does not name yet. */
static void add_observed_stand_in(struct recordings *recordings, const char *folder, int pid,
				  uint64_t run)
{
	const struct unrecorded unrecorded = {
		.pid = pid,
		.run = run,
		.reason = "why is reported when its run has ended",
	};

	add_unrecorded(recordings, &unrecorded);
	add_stand_in(recordings, folder, &unrecorded);
}

/* NAME is of an observation, COMM.PID.N.observed. */
static void add_observed(struct recordings *recordings, const char *folder, const char *name)
{
	size_t length = strlen(name) - strlen(OBSERVATION_SUFFIX);
	const char *end = memrchr(name, '.', length), *dot;
	struct unrecorded unrecorded = { .reason = "its recording was removed" };
	char *recording;
	uint64_t run;
	int pid;

	if (stand_in_parse(name, &pid, &run)) {
		add_observed_stand_in(recordings, folder, pid, run);
		return;
	}
	dot = end ? memrchr(name, '.', (size_t)(end - name)) : NULL;
	if (!dot)
		return;
	recording = allocate_printed("%s/%.*s" RECORDING_SUFFIX, folder, (int)length, name);
	unrecorded.pid = atoi(dot + 1);
	snprintf(unrecorded.command, sizeof(unrecorded.command), "%.*s", (int)(dot - name), name);
	if (unrecorded.pid > 0 && access(recording, F_OK) < 0)
		add_unrecorded(recordings, &unrecorded);
	free(recording);
}

static bool is_same(const struct run_options *a, const struct run_options *b)
{
	return a->min_held_ns == b->min_held_ns && a->late_ns == b->late_ns &&
	       a->idle_ns == b->idle_ns && a->strict == b->strict;
}

/* RECORD of a folder; NULL: there is none. */
static void take_connections(struct recordings *recordings, const struct run_record *record)
{
	recordings->connected |= !record || !record->no_connections;
}

static void take_options(struct recordings *recordings, const struct run_record *record)
{
	if (!record->has_options)
		return;
	if (recordings->has_options)
		recordings->options_differ |= !is_same(&recordings->options, &record->options);
	else
		recordings->options = record->options;
	recordings->has_options = true;
}

/* Of the run that wrote the recording at PATH. */
static void take_options_beside(struct recordings *recordings, const char *path)
{
	char *folder = path_folder(path);
	struct run_record *record = run_record_read(folder);

	take_connections(recordings, record);
	if (record)
		take_options(recordings, record);
	run_record_free(record);
	free(folder);
}

/* What RECORD, of FOLDER, knows of processes without a recording in run number RUN (0: in all). */
static void add_unrecorded_in(struct recordings *recordings, const char *folder,
			      const struct run_record *record, uint64_t run)
{
	size_t i;

	for (i = 0; i < record->unrecorded_count; i++) {
		const struct unrecorded *unrecorded = &record->unrecorded[i];

		if (run && unrecorded->run != run)
			continue;
		add_unrecorded(recordings, unrecorded);
		if (!unrecorded->no_sockets)
			add_stand_in(recordings, folder, unrecorded);
	}
}

/* Of the last run in FOLDER: what earlier ones left there does not belong to it. */
static void add_unrecorded_of_last_run(struct recordings *recordings, const char *folder)
{
	struct run_record *record = run_record_read(folder);

	take_connections(recordings, record);
	if (record)
		add_unrecorded_in(recordings, folder, record, record->runs);
	run_record_free(record);
}

/* Processes of FOLDER that had sockets, as samples found, and whose recording is not there. */
static void add_unrecorded_of(struct recordings *recordings, const char *folder)
{
	struct run_record *record = run_record_read(folder);
	DIR *directory = opendir(folder);
	struct dirent *entry;

	take_connections(recordings, record);
	if (record) {
		take_options(recordings, record);
		add_unrecorded_in(recordings, folder, record, 0);
	}
	run_record_free(record);
	while (directory && (entry = readdir(directory)) != NULL)
		if (has_suffix(entry->d_name, OBSERVATION_SUFFIX))
			add_observed(recordings, folder, entry->d_name);
	if (directory)
		closedir(directory);
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
	if (count)
		qsort(names, count, sizeof(*names), by_name);
	for (i = 0; i < count; i++)
		add_folder(recordings, names[i], NULL, 0, depth + 1);
	recordings_names_free(names, count);
}

static void add_folder(struct recordings *recordings, const char *folder, char **except,
		       size_t except_count, unsigned int depth)
{
	size_t count, i;
	char **names;
	int failure = list_folder(folder, &names, &count);

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
		if (except_count &&
		    bsearch(&names[i], except, except_count, sizeof(*except), by_name))
			continue;
		path = allocate_printed("%s/%s", folder, names[i]);
		add_file(recordings, path);
		free(path);
	}
	progress_end();
	recordings_names_free(names, count);
	if (except_count)
		add_unrecorded_of_last_run(recordings, folder);
	else
		add_unrecorded_of(recordings, folder);
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
		take_options_beside(recordings, paths[i]);
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

void recordings_free(struct recordings *recordings)
{
	size_t i;

	if (!recordings)
		return;
	for (i = 0; i < recordings->count; i++) {
		recording_free(recordings->list[i].recording);
		observation_free(recordings->list[i].observation);
	}
	free(recordings->list);
	free(recordings->unrecorded);
	free(recordings);
}
