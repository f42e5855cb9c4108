/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/process_relations.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/recordings/process_end.h"

/* The real-time clock is set by less than this within one boot; two boots are further apart. */
#define CLOCK_SET_NS ((int64_t)(10 * NS_PER_S))

/* When the machine was started, CLOCK_REALTIME in ns: the origin of the recording's times. */
static int64_t boot_time(const struct process *process)
{
	const struct recording_header *header = &process->recording->header;

	return (int64_t)((uint64_t)header->start_realtime_ns - header->start_ns);
}

static bool knows_boot_time(const struct process *process)
{
	return process->recording->header.start_realtime_ns > 0;
}

static int by_boot_time(const void *left, const void *right)
{
	const struct process *a = left, *b = right;
	bool a_knows = knows_boot_time(a), b_knows = knows_boot_time(b);

	if (a_knows != b_knows)
		return a_knows ? 1 : -1;
	if (a_knows && boot_time(a) != boot_time(b))
		return boot_time(a) < boot_time(b) ? -1 : 1;
	return 0;
}

/*
 * Times, process ids and socket cookies begin again with each boot. Recordings whose origins of
 * time follow one another closely are of the same boot, and so are those without a date.
 */
static void separate_boots(struct process *processes, size_t count)
{
	unsigned int boot = 0;
	size_t i;

	if (count)
		qsort(processes, count, sizeof(*processes), by_boot_time);
	for (i = 0; i < count; i++) {
		const struct process *process = &processes[i];

		if (i && knows_boot_time(process - 1) &&
		    (uint64_t)boot_time(process) - (uint64_t)boot_time(process - 1) > CLOCK_SET_NS)
			boot++;
		processes[i].boot = boot;
	}
}

static int by_start(const void *left, const void *right)
{
	const struct process *a = left, *b = right;
	uint64_t a_ns = a->recording->header.start_ns, b_ns = b->recording->header.start_ns;

	if (a->boot != b->boot)
		return a->boot < b->boot ? -1 : 1;
	if (a_ns != b_ns)
		return a_ns < b_ns ? -1 : 1;
	return strcmp(a->recording->path, b->recording->path);
}

static int by_pid_and_start(const void *left, const void *right)
{
	const struct process *a = *(struct process *const *)left;
	const struct process *b = *(struct process *const *)right;
	int a_pid = a->recording->header.pid, b_pid = b->recording->header.pid;

	if (a->boot != b->boot)
		return a->boot < b->boot ? -1 : 1;
	if (a_pid != b_pid)
		return a_pid < b_pid ? -1 : 1;
	return by_start(a, b);
}

/* Does PROCESS sort up to (BOOT, PID, NS)? */
static bool is_up_to(const struct process *process, unsigned int boot, int pid, uint64_t ns)
{
	const struct recording_header *header = &process->recording->header;

	if (process->boot != boot)
		return process->boot < boot;
	return header->pid < pid || (header->pid == pid && header->start_ns <= ns);
}

/* The last image of process PID that had started by NS in BOOT, or NULL. */
static struct process *image_at(struct process **by_pid, size_t count, unsigned int boot, int pid,
				uint64_t ns)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_up_to(by_pid[middle], boot, pid, ns))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || by_pid[low - 1]->boot != boot ||
	    by_pid[low - 1]->recording->header.pid != pid)
		return NULL;
	return by_pid[low - 1];
}

void processes_relate(struct process *processes, size_t count)
{
	struct mapped_recordings *mapped = mapped_recordings_new();
	struct process **by_pid = allocate_zeroed(count, sizeof(struct process *));
	size_t i;

	separate_boots(processes, count);
	if (count)
		qsort(processes, count, sizeof(*processes), by_start);
	for (i = 0; i < count; i++) {
		process_find_end(&processes[i], mapped);
		processes[i].heirs_under_way = heirs_under_way(
			&processes[i].recording->header, processes[i].recording->device,
			processes[i].recording->inode, mapped);
		by_pid[i] = &processes[i];
	}
	mapped_recordings_free(mapped);
	if (count)
		qsort(by_pid, count, sizeof(struct process *), by_pid_and_start);
	for (i = 0; i + 1 < count; i++) {
		struct process *earlier = by_pid[i], *later = by_pid[i + 1];

		if (earlier->boot != later->boot ||
		    earlier->recording->header.pid != later->recording->header.pid ||
		    earlier->recording->header.end != END_EXEC)
			continue;
		if (later->recording->header.origin != ORIGIN_EXEC)
			continue;
		earlier->successor = later;
		later->predecessor = earlier;
	}
	for (i = 0; i < count; i++) {
		struct process *child = &processes[i], *parent;
		const struct recording_header *header = &child->recording->header;

		parent = image_at(by_pid, count, child->boot, header->parent_pid, header->start_ns);
		if (!parent || parent == child)
			continue;
		child->parent = parent;
		if (header->origin == ORIGIN_FORK)
			parent->heirs_found++;
	}
	free(by_pid);
}

bool process_descends_from(const struct process *process, const struct process *ancestor)
{
	const struct process *parent = process->parent;

	/* A parent starts first. A damaged recording could make a cycle otherwise. */
	while (parent && parent->recording->header.start_ns < process->recording->header.start_ns) {
		if (parent->recording->header.pid == ancestor->recording->header.pid)
			return true;
		process = parent;
		parent = process->parent;
	}
	return false;
}
