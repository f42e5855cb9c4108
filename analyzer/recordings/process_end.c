/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/process_end.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/kernel_view/kernel_process.h"

/* Maps of more processes are not read: a report must not take minutes. */
#define PROCESSES_MAX 32768

struct mapped_file {
	uint64_t device, inode, offset;
};

/* A process that maps the header of a recording: its own, or that of who forked it. */
struct mapped_header {
	struct mapped_file file;
	int pid;
};

struct mapped_recordings {
	struct mapped_header *list;
	size_t count;
	bool was_read;
};

/* False: LINE of a maps file does not map a file. */
static bool parse_mapping(const char *line, struct mapped_file *mapped)
{
	unsigned int major_number, minor_number;
	unsigned long long inode, offset;

	if (sscanf(line, "%*s %*s %llx %x:%x %llu", &offset, &major_number, &minor_number,
		   &inode) != 4)
		return false;
	mapped->offset = offset;
	mapped->device = makedev(major_number, minor_number);
	mapped->inode = inode;
	return inode != 0;
}

/*
 * Is LINE of /proc/PID/maps that recording? By device and inode or, since on an overlay maps and
 * stat() disagree about them, by the file's name, which is unique to a process.
 */
static bool is_of_recording(const char *line, const void *sought)
{
	const struct recording *recording = sought;
	const char *name = path_base(recording->path);
	size_t length = strlen(line), name_length = strlen(name);
	struct mapped_file mapped;

	if (!parse_mapping(line, &mapped))
		return false;
	if (mapped.inode == recording->inode && mapped.device == recording->device)
		return true;
	return length > name_length && line[length - name_length - 1] == '/' &&
	       strcmp(line + length - name_length, name) == 0;
}

/* Does the process run that RECORDING, made from the kernel, is about? It began before that. */
static bool is_older(const struct recording *recording)
{
	double age_ms = ns_to_ms(
		nanoseconds_between(recording->header.start_ns, clock_ns(CLOCK_MONOTONIC)));

	/* The kernel counts in ticks. */
	return kernel_process_start_ms(recording->header.pid) <=
	       clock_since_boot_ms() - age_ms + 10;
}

bool process_runs_here(const struct recording *recording)
{
	if (recording->header.options & OPTION_KERNEL)
		return recording->header.end == END_NONE && is_older(recording);
	return proc_lines_any(recording->header.pid, "maps", is_of_recording, recording);
}

/* Where PATH, a file as process PID sees it, is for us; NULL: nowhere. The caller frees it. */
static char *path_here(int pid, const char *path)
{
	char *elsewhere;

	if (access(path, F_OK) == 0)
		return allocate_text(path);
	/* It has another root. */
	elsewhere = allocate_printed("/proc/%d/root%s", proc_task(pid), path);
	if (access(elsewhere, F_OK) == 0)
		return elsewhere;
	free(elsewhere);
	return NULL;
}

char *process_recording_path(int pid)
{
	struct mapped_file mapped;
	struct proc_lines maps;
	char *line, *path = NULL;

	if (!proc_lines_open(&maps, pid, "maps", '\n'))
		return NULL;
	while (!path && (line = proc_lines_next(&maps))) {
		const char *start = strchr(line, '/');

		/* A forked child maps parts of its parent's, too: its own is the one whose header
		 * it maps. */
		if (!start || !parse_mapping(line, &mapped) || mapped.offset != 0)
			continue;
		if (path_suffix(start, RECORDING_SUFFIX))
			path = path_here(pid, start);
	}
	proc_lines_close(&maps);
	return path;
}

static void add_mapped_by(struct mapped_recordings *mapped, int pid)
{
	struct mapped_file found;
	struct proc_lines maps;
	const char *line;

	if (!proc_lines_open(&maps, pid, "maps", '\n'))
		return;
	while ((line = proc_lines_next(&maps)))
		if (strstr(line, RECORDING_SUFFIX) && parse_mapping(line, &found) &&
		    found.offset == 0) {
			*(struct mapped_header *)allocate_next(&mapped->list, mapped->count,
							       sizeof(*mapped->list)) =
				(struct mapped_header){ .file = found, .pid = pid };
			mapped->count++;
		}
	proc_lines_close(&maps);
}

static void read_all_processes(struct mapped_recordings *mapped)
{
	DIR *processes = opendir("/proc");
	size_t count = 0;
	struct dirent *entry;

	mapped->was_read = true;
	if (!processes)
		return;
	while (count < PROCESSES_MAX && (entry = readdir(processes)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		add_mapped_by(mapped, atoi(entry->d_name));
		count++;
	}
	closedir(processes);
}

/*
 * In another PID namespace the number in the header means nothing here: only the mapping shows that
 * the process lives.
 */
static bool is_mapped_by_any(const struct recording *recording, struct mapped_recordings *mapped)
{
	size_t i;

	if (!strstr(recording->path, RECORDING_SUFFIX))
		return false;
	if (!mapped->was_read)
		read_all_processes(mapped);
	for (i = 0; i < mapped->count; i++)
		if (mapped->list[i].file.device == recording->device &&
		    mapped->list[i].file.inode == recording->inode)
			return true;
	return false;
}

uint64_t heirs_under_way(const struct recording_header *header, uint64_t device, uint64_t inode,
			 struct mapped_recordings *mapped)
{
	uint64_t missing, others = 0, come = header->heirs + header->lost[LOST_CHILDREN];
	bool has_ended = header->end != END_NONE || header->reaped_ns;
	size_t i;

	if (header->heirs_forked <= come)
		return 0;
	missing = header->heirs_forked - come;
	if (!mapped->was_read)
		read_all_processes(mapped);
	for (i = 0; i < mapped->count; i++) {
		if (mapped->list[i].file.device != device || mapped->list[i].file.inode != inode)
			continue;
		others += mapped->list[i].pid != header->pid;
		has_ended |= mapped->list[i].pid == header->pid;
	}
	/* In another PID namespace one of them is the process itself. */
	if (others && !has_ended)
		others--;
	return others < missing ? others : missing;
}

/* The last sign of life in a recording without an end: a lower bound of its process' end. */
static uint64_t last_sign_of_life(const struct recording *recording)
{
	const struct recording_header *header = &recording->header;
	uint64_t latest = header->start_ns;
	struct stat status;

	if (header->last_event_ns > latest)
		latest = header->last_event_ns;
	if (header->start_realtime_ns > 0 && stat(recording->path, &status) == 0) {
		int64_t since = (int64_t)status.st_mtim.tv_sec -
				header->start_realtime_ns / (int64_t)NS_PER_S;

		/* More than a century apart: damage. */
		if (since > 0 && since < 100ll * 365 * 86400) {
			uint64_t written = header->start_ns + (uint64_t)since * NS_PER_S;

			if (written > latest)
				latest = written;
		}
	}
	return latest;
}

/* What is recorded from the kernel ends with the process, or with finleak, which maps it. */
static bool is_being_recorded(const struct recording *recording, struct mapped_recordings *mapped)
{
	if (recording->header.options & OPTION_KERNEL)
		return process_runs_here(recording) && is_mapped_by_any(recording, mapped);
	return process_runs_here(recording) || is_mapped_by_any(recording, mapped);
}

/* So long a core dump takes, and what a handler of SIGABRT does. */
#define OWN_SIGNAL_ENDS_NS (10 * NS_PER_S)

/* When the process that was gone by GONE_NS sent itself the signal that ended it; 0: it did not. */
static uint64_t own_signal_ns(const struct recording_header *header, uint64_t gone_ns)
{
	if (header->end != END_SIGNAL ||
	    nanoseconds_between(header->end_ns, gone_ns) > OWN_SIGNAL_ENDS_NS)
		return 0;
	return header->end_ns;
}

void process_find_end(struct process *process, struct mapped_recordings *mapped)
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
	case END_DETACHED:
		process->state = PROCESS_RUNNING;
		process->end_ns = header->end_ns;
		return;
	case END_CONFINED:
		/* The recorder stopped then: it is judged by what was known. */
		process->state = process_runs_here(process->recording) ||
						 is_mapped_by_any(process->recording, mapped)
					 ? PROCESS_RUNNING
					 : PROCESS_EXITED;
		process->end_ns = header->end_ns;
		return;
	default:
		break;
	}
	process->state = PROCESS_KILLED;
	process->end_ns = header->reaped_ns;
	if (header->reaped_ns) {
		process->own_signal_ns = own_signal_ns(header, header->reaped_ns);
		return;
	}
	if (is_being_recorded(process->recording, mapped)) {
		process->state = PROCESS_RUNNING;
		process->end_ns = clock_ns(CLOCK_MONOTONIC);
		return;
	}
	process->own_signal_ns = own_signal_ns(header, header->last_event_ns);
	if (process->own_signal_ns) {
		process->end_ns = header->last_event_ns > header->end_ns ? header->last_event_ns
									 : header->end_ns;
		return;
	}
	process->end_known = false;
	process->end_ns = last_sign_of_life(process->recording);
}

struct mapped_recordings *mapped_recordings_new(void)
{
	return allocate_zeroed(1, sizeof(struct mapped_recordings));
}

void mapped_recordings_free(struct mapped_recordings *mapped)
{
	free(mapped->list);
	free(mapped);
}
