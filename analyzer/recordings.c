/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "analyzer/allocate.h"
#include "analyzer/utf8.h"

#define NS_PER_SECOND 1000000000

const char *process_state_name(enum process_state state)
{
	switch (state) {
	case PROCESS_RUNNING:
		return "running";
	case PROCESS_EXITED:
		return "exited";
	case PROCESS_KILLED:
		return "killed";
	case PROCESS_EXECED:
		return "execed";
	}
	return "killed";
}

/*
 * Does process PID map RECORDING? By device and inode, or, where an overlay shows other numbers in
 * maps than stat does, by the file's name, which is made for one process.
 */
static bool is_mapped(const struct recording *recording)
{
	const char *slash = strrchr(recording->path, '/');
	const char *name = slash ? slash + 1 : recording->path;
	size_t name_length = strlen(name), room = 0;
	char maps[64], *line = NULL;
	bool found = false;
	ssize_t length;
	FILE *file;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", recording->header.pid);
	file = fopen(maps, "re");
	if (!file)
		return false;
	while (!found && (length = getline(&line, &room, file)) > 0) {
		unsigned int major_number, minor_number;
		unsigned long long inode;

		if (line[length - 1] == '\n')
			line[--length] = '\0';
		if (sscanf(line, "%*s %*s %*s %x:%x %llu", &major_number, &minor_number, &inode) !=
		    3)
			continue;
		if (inode == recording->inode &&
		    makedev(major_number, minor_number) == recording->device)
			found = true;
		if ((size_t)length > name_length && line[(size_t)length - name_length - 1] == '/' &&
		    strcmp(line + (size_t)length - name_length, name) == 0)
			found = true;
	}
	free(line);
	fclose(file);
	return found;
}

static uint64_t monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* The latest sign of life in a recording that nobody ended: it lived at least until then. */
static uint64_t last_sign_of_life(const struct recording *recording)
{
	const struct recording_header *header = &recording->header;
	uint64_t latest = header->start_ns;
	struct stat status;

	if (header->last_event_ns > latest)
		latest = header->last_event_ns;
	if (header->start_realtime_ns > 0 && stat(recording->path, &status) == 0) {
		int64_t since =
			(int64_t)status.st_mtim.tv_sec - header->start_realtime_ns / NS_PER_SECOND;

		/* More than a century apart is no file time but damage. */
		if (since > 0 && since < 100ll * 365 * 86400) {
			uint64_t written = header->start_ns + (uint64_t)since * NS_PER_SECOND;

			if (written > latest)
				latest = written;
		}
	}
	return latest;
}

static void find_end(struct process *process)
{
	const struct recording_header *header = &process->recording->header;

	process->end_known = true;
	switch (header->end) {
	case END_EXIT:
		process->state = PROCESS_EXITED;
		process->end_ns = header->end_ns;
		return;
	case END_EXEC:
	case END_EXEC_UNSEEN:
		process->state = PROCESS_EXECED;
		process->end_ns = header->end_ns;
		return;
	default:
		break;
	}
	process->state = PROCESS_KILLED;
	process->end_ns = header->reaped_ns;
	if (header->reaped_ns)
		return;
	if (is_mapped(process->recording)) {
		process->state = PROCESS_RUNNING;
		process->end_ns = monotonic_now();
		return;
	}
	process->end_known = false;
	process->end_ns = last_sign_of_life(process->recording);
}

static int by_start(const void *left, const void *right)
{
	const struct process *a = left, *b = right;
	uint64_t a_ns = a->recording->header.start_ns, b_ns = b->recording->header.start_ns;

	if (a_ns != b_ns)
		return a_ns < b_ns ? -1 : 1;
	return strcmp(a->recording->path, b->recording->path);
}

static int by_pid_and_start(const void *left, const void *right)
{
	const struct process *a = *(struct process *const *)left;
	const struct process *b = *(struct process *const *)right;
	int a_pid = a->recording->header.pid, b_pid = b->recording->header.pid;

	if (a_pid != b_pid)
		return a_pid < b_pid ? -1 : 1;
	return by_start(a, b);
}

/* The last image of process PID that had started by NS, or NULL. */
static struct process *image_at(struct process **by_pid, size_t count, int pid, uint64_t ns)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct recording_header *header = &by_pid[middle]->recording->header;

		if (header->pid < pid || (header->pid == pid && header->start_ns <= ns))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || by_pid[low - 1]->recording->header.pid != pid)
		return NULL;
	return by_pid[low - 1];
}

void recordings_relate(struct recordings *recordings)
{
	struct process **by_pid = allocate_zeroed(recordings->count, sizeof(struct process *));
	size_t i;

	if (recordings->count)
		qsort(recordings->list, recordings->count, sizeof(*recordings->list), by_start);
	for (i = 0; i < recordings->count; i++) {
		find_end(&recordings->list[i]);
		by_pid[i] = &recordings->list[i];
	}
	if (recordings->count)
		qsort(by_pid, recordings->count, sizeof(struct process *), by_pid_and_start);
	for (i = 0; i + 1 < recordings->count; i++) {
		struct process *earlier = by_pid[i], *later = by_pid[i + 1];

		if (earlier->recording->header.pid != later->recording->header.pid ||
		    earlier->recording->header.end != END_EXEC)
			continue;
		if (later->recording->header.origin != ORIGIN_EXEC)
			continue;
		earlier->successor = later;
		later->predecessor = earlier;
	}
	for (i = 0; i < recordings->count; i++) {
		struct process *child = &recordings->list[i], *parent;
		const struct recording_header *header = &child->recording->header;

		parent = image_at(by_pid, recordings->count, header->parent_pid, header->start_ns);
		if (!parent || parent == child)
			continue;
		child->parent = parent;
		if (header->origin == ORIGIN_FORK)
			parent->heirs_found++;
	}
	free(by_pid);
}

static void say_unreadable(const char *path, const char *what)
{
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, path);
	fputc(' ', stderr);
	utf8_print_escaped(stderr, what);
	fputc('\n', stderr);
}

static void add_file(struct recordings *recordings, const char *path)
{
	char error[256] = "";
	struct recording *recording = recording_read(path, error, sizeof(error));
	struct process *process;

	if (!recording) {
		say_unreadable(path, error);
		recordings->unreadable++;
		return;
	}
	process = allocate_next(&recordings->list, recordings->count, sizeof(*process));
	process->recording = recording;
	recordings->count++;
}

static bool is_recording_name(const char *name)
{
	size_t length = strlen(name), suffix = strlen(RECORDING_SUFFIX);

	return length > suffix && strcmp(name + length - suffix, RECORDING_SUFFIX) == 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Sorted names of the recordings in FOLDER. Returns 0, or the errno of a folder not readable. */
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

		if (!is_recording_name(entry->d_name))
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

static void add_folder(struct recordings *recordings, const char *folder, char **except,
		       size_t except_count)
{
	size_t count, i;
	char **names;
	int failure = list_folder(folder, &names, &count);

	if (failure) {
		char *what = allocate_printed("cannot be opened: %s", strerror(failure));

		say_unreadable(folder, what);
		free(what);
		recordings->unreadable++;
		return;
	}
	for (i = 0; i < count; i++) {
		char *path;

		if (except_count &&
		    bsearch(&names[i], except, except_count, sizeof(*except), by_name))
			continue;
		path = allocate_printed("%s/%s", folder, names[i]);
		add_file(recordings, path);
		free(path);
	}
	recordings_names_free(names, count);
}

struct recordings *recordings_read(char *const *paths, size_t count, char **except,
				   size_t except_count)
{
	struct recordings *recordings = allocate_zeroed(1, sizeof(*recordings));
	struct stat status;
	size_t i;

	for (i = 0; i < count; i++) {
		if (stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode))
			add_folder(recordings, paths[i], except, except_count);
		else
			add_file(recordings, paths[i]);
	}
	recordings_relate(recordings);
	return recordings;
}

void recordings_free(struct recordings *recordings)
{
	size_t i;

	if (!recordings)
		return;
	for (i = 0; i < recordings->count; i++)
		recording_free(recordings->list[i].recording);
	free(recordings->list);
	free(recordings);
}
