/* SPDX-License-Identifier: MIT */
/*
 * Two events show that the process of a recording has ended, whichever comes first:
 *  - its pidfd, by the process ID in the recording's name. In another PID namespace that ID means a
 *    different process here, so it must have the recorder in its address space;
 *  - IN_CLOSE_WRITE: the recorder closes the file after mapping it, but the mapping keeps the open
 *    file alive, so the kernel reports the close when the last mapping is gone. That needs no ID,
 * but forked children without a recording of their own delay it.
 */
#include "analyzer/launch/process_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/launch/unrecorded_reason.h"
#include "analyzer/recordings/code_map_file.h"
#include "preload/recording/recording.h"

/* A process whose recording is being written. */
struct watched_process {
	UT_hash_handle hh;
	int pidfd; /* the key */
	pid_t pid;
	bool hung_up; /* SIGHUP was the last signal that may have asked for its end */
	char *file_name;
};

/* A process that created a recording. */
struct known_process {
	pid_t pid; /* the key */
	UT_hash_handle hh;
};

struct process_watch {
	char *library; /* without its folder */
	char *path;    /* of the folder */
	int folder;
	int inotify;
	int epoll;
	struct watched_process *processes;
	struct known_process *known;
	struct unrecorded *removed;
	size_t removed_count;
};

/* A signal repeated within this time asks for the same end; after it, the first one failed. */
#define SAME_END_NS (10 * NS_PER_S)

enum stamp {
	STAMP_REAPED,
	STAMP_SIGNALLED,
};

/* Does the recording have neither an end nor this stamp? IS_OTHER: it asks for something else. */
static bool wants_stamp(int fd, enum stamp which, uint64_t now, bool is_other)
{
	struct recording_header header;
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		return false;
	if (memcmp(header.magic, RECORDING_MAGIC, sizeof(header.magic)) != 0 ||
	    header.version != RECORDING_VERSION || header.byte_order != RECORDING_BYTE_ORDER ||
	    header.header_size < sizeof(header) || !header.ready ||
	    (header.end != END_NONE && header.end != END_SIGNAL))
		return false;
	if (which == STAMP_REAPED)
		return header.reaped_ns == 0;
	return header.signalled_ns == 0 || is_other || now > header.signalled_ns + SAME_END_NS;
}

static void stamp(const struct process_watch *watch, const char *file_name, enum stamp which,
		  bool is_other)
{
	static const size_t places[] = {
		[STAMP_REAPED] = offsetof(struct recording_header, reaped_ns),
		[STAMP_SIGNALLED] = offsetof(struct recording_header, signalled_ns),
	};
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	bool wanted;
	int fd;

	/* First for reading: closing a file opened for writing is an IN_CLOSE_WRITE event again. */
	fd = openat(watch->folder, file_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	wanted = wants_stamp(fd, which, now, is_other);
	close(fd);
	if (!wanted)
		return;
	fd = openat(watch->folder, file_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	/* In a shared folder the file may have been replaced meanwhile. */
	if (wants_stamp(fd, which, now, is_other) &&
	    pwrite(fd, &now, sizeof(now), (off_t)places[which]) < 0)
		fprintf(stderr, "finleak: %s: cannot store when its process %s: %s\n", file_name,
			which == STAMP_REAPED ? "ended" : "was asked to end", strerror(errno));
	close(fd);
}

/* The process of the recording FILE_NAME, PID, has ended. */
static void note_end(const struct process_watch *watch, const char *file_name, pid_t pid)
{
	char *path = allocate_printed("%s/%s", watch->path, file_name);
	int failure;

	stamp(watch, file_name, STAMP_REAPED, false);
	failure = code_map_keep(path, pid);
	if (failure)
		fprintf(stderr, "finleak: /tmp/perf-%d.map: cannot be kept: %s\n", (int)pid,
			strerror(failure));
	free(path);
}

/* The process ID in COMM.PID.N.finleak; 0 if NAME is not of that form. */
static pid_t pid_of_name(const char *name)
{
	const char *suffix = path_suffix(name, RECORDING_SUFFIX), *dot, *end;
	char *rest;
	long pid;

	end = suffix ? memrchr(name, '.', (size_t)(suffix - name)) : NULL;
	dot = end ? memrchr(name, '.', (size_t)(end - name)) : NULL;
	if (!dot)
		return 0;
	errno = 0;
	pid = strtol(dot + 1, &rest, 10);
	return errno == 0 && rest == end && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static bool names(const char *line, const void *file)
{
	return strstr(line, file) != NULL;
}

static bool has_recorder(const struct process_watch *watch, pid_t pid)
{
	return proc_lines_any(pid, "maps", names, watch->library);
}

static void watch_process(struct process_watch *watch, const char *file_name)
{
	struct watched_process *process;
	struct epoll_event event = { .events = EPOLLIN };
	pid_t pid = pid_of_name(file_name);
	int pidfd;

	if (!pid)
		return;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) /* ended, or of another namespace: IN_CLOSE_WRITE will show */
		return;
	event.data.fd = pidfd;
	if (!has_recorder(watch, pid) ||
	    epoll_ctl(watch->epoll, EPOLL_CTL_ADD, pidfd, &event) < 0) {
		close(pidfd);
		return;
	}
	process = allocate_zeroed(1, sizeof(*process));
	process->pidfd = pidfd;
	process->pid = pid;
	process->file_name = allocate_text(file_name);
	HASH_ADD_INT(watch->processes, pidfd, process);
}

static void note_known(struct process_watch *watch, pid_t pid)
{
	struct known_process *known;

	HASH_FIND_INT(watch->known, &pid, known);
	if (known)
		return;
	known = allocate_zeroed(1, sizeof(*known));
	known->pid = pid;
	HASH_ADD_INT(watch->known, pid, known);
}

/* The recording FILE_NAME of PID is gone: removed by someone, or by a recorder that can't keep it.
 */
static void note_removed(struct process_watch *watch, const char *file_name, pid_t pid)
{
	const char *dot = strchr(file_name, '.');
	struct unrecorded *next =
		allocate_next(&watch->removed, watch->removed_count, sizeof(*next));

	watch->removed_count++;
	next->pid = pid;
	snprintf(next->command, sizeof(next->command), "%.*s", (int)(dot - file_name), file_name);
	if (has_recorder(watch, pid))
		unrecorded_reason(next->reason, sizeof(next->reason), pid, watch->path,
				  watch->library);
	else
		snprintf(next->reason, sizeof(next->reason), "%s",
			 folder_is_full(watch->path) ? "the disk was full"
						     : "its recording was removed");
}

static void forget_process(struct process_watch *watch, struct watched_process *process)
{
	HASH_DEL(watch->processes, process);
	close(process->pidfd); /* which removes it from the epoll set */
	free(process->file_name);
	free(process);
}

static void read_folder_events(struct process_watch *watch)
{
	_Alignas(struct inotify_event) char buffer[16384];
	ssize_t size;
	pid_t pid;

	while ((size = read(watch->inotify, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (ssize_t at = 0; at < size; at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const struct inotify_event *)(buffer + at);
			pid = event->len ? pid_of_name(event->name) : 0;
			if (!pid)
				continue;
			if (event->mask & (IN_CREATE | IN_MOVED_TO)) {
				note_known(watch, pid);
				watch_process(watch, event->name);
			}
			if (event->mask & (IN_DELETE | IN_MOVED_FROM))
				note_removed(watch, event->name, pid);
			if (event->mask & IN_CLOSE_WRITE)
				note_end(watch, event->name, pid);
		}
	}
}

void process_watch_check(struct process_watch *watch)
{
	struct epoll_event events[64];
	bool folder_changed = false;
	int count;

	/* Every ended process is stamped before the folder is read, which takes longer. */
	while ((count = epoll_wait(watch->epoll, events, 64, 0)) > 0) {
		bool ended = false;

		for (int i = 0; i < count; i++) {
			struct watched_process *process;
			int fd = events[i].data.fd;

			if (fd == watch->inotify) {
				folder_changed = true;
				continue;
			}
			HASH_FIND_INT(watch->processes, &fd, process);
			if (!process)
				continue;
			note_end(watch, process->file_name, process->pid);
			forget_process(watch, process);
			ended = true;
		}
		if (!ended)
			break;
	}
	if (folder_changed)
		read_folder_events(watch);
}

/* SIGHUP asks many a daemon to read its configuration again: what follows asks for the end. */
void process_watch_stamp_signal(struct process_watch *watch, int signal)
{
	struct watched_process *process;

	for (process = watch->processes; process; process = process->hh.next) {
		stamp(watch, process->file_name, STAMP_SIGNALLED,
		      process->hung_up && signal != SIGHUP);
		process->hung_up = signal == SIGHUP;
	}
}

/* Has a later recording of the same process come up? An exec starts one. */
static bool is_succeeded(const struct watched_process *process)
{
	const struct watched_process *later;

	for (later = process->hh.next; later; later = later->hh.next)
		if (later->pid == process->pid)
			return true;
	return false;
}

struct observed_program *process_watch_running(const struct process_watch *watch, size_t *count)
{
	struct observed_program *programs =
		allocate_zeroed(HASH_COUNT(watch->processes) + 1, sizeof(*programs));
	const struct watched_process *process;

	*count = 0;
	for (process = watch->processes; process; process = process->hh.next) {
		if (is_succeeded(process))
			continue;
		programs[*count].pid = process->pid;
		programs[*count].path = allocate_printed("%s/%s", watch->path, process->file_name);
		++*count;
	}
	return programs;
}

struct process_watch *process_watch_begin(const char *folder, const char *library)
{
	struct process_watch *watch = allocate_zeroed(1, sizeof(*watch));
	struct epoll_event event = { .events = EPOLLIN };
	const char *base = strrchr(library, '/');
	int error;

	watch->library = allocate_text(base ? base : library);
	watch->path = allocate_text(folder);
	watch->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch->folder < 0 || watch->inotify < 0 || watch->epoll < 0)
		goto failed;
	if (inotify_add_watch(watch->inotify, folder,
			      IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE |
				      IN_MOVED_FROM) < 0)
		goto failed;
	event.data.fd = watch->inotify;
	if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->inotify, &event) < 0)
		goto failed;
	return watch;
failed:
	error = errno;
	process_watch_end(watch);
	errno = error;
	return NULL;
}

bool process_watch_knows(const struct process_watch *watch, int pid)
{
	const struct known_process *known;

	HASH_FIND_INT(watch->known, &pid, known);
	return known != NULL;
}

const struct unrecorded *process_watch_removed(const struct process_watch *watch, size_t *count)
{
	*count = watch->removed_count;
	return watch->removed;
}

int process_watch_descriptor(const struct process_watch *watch)
{
	return watch->epoll;
}

void process_watch_end(struct process_watch *watch)
{
	struct watched_process *process, *next;
	struct known_process *known, *next_known;

	if (!watch)
		return;
	if (watch->epoll >= 0 && watch->inotify >= 0) {
		process_watch_check(watch);
		/* Again: the folder's events may have added processes that have ended. */
		process_watch_check(watch);
	}
	HASH_ITER(hh, watch->processes, process, next) {
		forget_process(watch, process);
	}
	HASH_ITER(hh, watch->known, known, next_known) {
		HASH_DEL(watch->known, known);
		free(known);
	}
	free(watch->removed);
	if (watch->epoll >= 0)
		close(watch->epoll);
	if (watch->inotify >= 0)
		close(watch->inotify);
	if (watch->folder >= 0)
		close(watch->folder);
	free(watch->library);
	free(watch->path);
	free(watch);
}
