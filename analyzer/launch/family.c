/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/family.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/proc_stat.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/kernel_view/kernel_holders.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/launch/preload_order.h"
#include "analyzer/launch/unrecorded_reason.h"
#include "analyzer/launch/unrecorded_sockets.h"
#include "analyzer/recordings/stand_in.h"

struct member {
	pid_t pid;             /* the key */
	struct proc_stat stat; /* its start with the pid names the process, its stack the image */
	bool recorded;         /* the image that it runs */
	bool unrecorded;       /* an image that had TCP sockets was not */
	bool no_sockets;       /* the image that it runs is not, as far as is known, and has none */
	bool asked_order;      /* ... whether its calls come to the recorder first */
	bool is_behind;        /* they do not: another library takes them */
	bool intercepted;      /* ... and it has sockets */
	uint64_t suspected_ns; /* since then this image may be so; 0: it may not */
	uint64_t image_ns;     /* the first sample that found this image */
	bool has_cause;        /* ... and one for that was found */
	char command[64], reason[256];
	uint64_t first_ns, last_ns, sampled_ns;
	UT_hash_handle hh;
};

struct family {
	pid_t program;
	char *folder, *library;
	uint64_t run, sampled_ns;
	struct member *members;
};

/* A program that has no recording after so long will get none. */
#define START_NS (200 * NS_PER_MS)

/* A program that has opened nothing after so long is not beginning any more. */
#define FRESH_NS NS_PER_S

struct family *family_new(pid_t program, const char *folder, uint64_t run, const char *library)
{
	struct family *family = allocate_zeroed(1, sizeof(*family));

	family->program = program;
	family->run = run;
	family->folder = allocate_text(folder);
	family->library = allocate_text(library);
	return family;
}

void family_free(struct family *family)
{
	struct member *member, *next;

	if (!family)
		return;
	HASH_ITER(hh, family->members, member, next) {
		HASH_DEL(family->members, member);
		free(member);
	}
	free(family->folder);
	free(family->library);
	free(family);
}

/* False: there is no such process any more, or it is a zombie. */
static bool read_living(pid_t pid, struct proc_stat *stat)
{
	return proc_stat_read(stat, pid) && !proc_stat_has_ended(stat, pid);
}

static void add_pid(pid_t **pids, size_t *count, pid_t pid)
{
	*(pid_t *)allocate_next(pids, *count, sizeof(**pids)) = pid;
	++*count;
}

/* Adds the children of all threads of PID. */
static void add_children(pid_t **pids, size_t *count, pid_t pid)
{
	const struct dirent *thread;
	char path[96];
	DIR *threads;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (!threads)
		return;
	while ((thread = readdir(threads)) != NULL) {
		FILE *children;

		if (!isdigit((unsigned char)thread->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid,
			 thread->d_name);
		children = fopen(path, "re");
		if (!children)
			continue;
		while (fscanf(children, "%d", &child) == 1)
			add_pid(pids, count, child);
		fclose(children);
	}
	closedir(threads);
}

/*
 * A recording may come late while a program starts, and one that is killed meanwhile needs none.
 * But where something kept it from being made and it never came, there is no doubt any more.
 */
static bool is_unrecorded(const struct member *member, const struct process_watch *watch)
{
	return member->unrecorded ||
	       (member->has_cause && !member->recorded && !process_watch_knows(watch, member->pid));
}

/*
 * Is how MEMBER ended worth remembering? That an image had no sockets matters where a recording
 * states that it was started.
 */
static bool is_worth_keeping(const struct member *member, const struct process_watch *watch)
{
	return is_unrecorded(member, watch) || member->intercepted || member->no_sockets;
}

/* A program that sleeps is not being loaded any more. */
static bool is_past_start(const struct member *member)
{
	struct proc_stat now;

	return read_living(member->pid, &now) && now.state == 'S' &&
	       now.stack_start == member->stat.stack_start;
}

/* Has it just become what it is? */
static bool is_fresh(const struct member *member)
{
	return member->sampled_ns - member->image_ns < FRESH_NS;
}

/* Examines the image that MEMBER runs. */
static void examine(const struct family *family, const struct process_watch *watch,
		    struct member *member)
{
	enum unrecorded_sockets sockets;
	enum unrecorded_cause cause;

	if (process_maps_recording(member->pid, family->folder)) {
		member->recorded = true;
		return;
	}
	/* It makes no recording, and what it asks servers of debug information does not matter
	 * here.
	 */
	if (kernel_process_is_finleak(member->pid)) {
		member->no_sockets = true;
		return;
	}
	sockets = unrecorded_sockets(member->pid);
	/* Whose maps can't be read may well be recorded. */
	if (sockets == SOCKETS_REFUSED && process_watch_knows(watch, member->pid))
		return;
	if (sockets == SOCKETS_NONE) {
		/* One that begins has none yet, and of one that is ending they can't be seen. */
		member->no_sockets = (member->stat.state == 'S' || !is_fresh(member)) &&
				     !kernel_process_is_exiting(proc_task(member->pid));
		return;
	}
	member->no_sockets = false;
	snprintf(member->command, sizeof(member->command), "%s", member->stat.command);
	if (!member->suspected_ns)
		member->suspected_ns = member->sampled_ns;
	cause = unrecorded_reason(member->reason, sizeof(member->reason), member->pid,
				  family->folder, family->library);
	member->has_cause = cause != CAUSE_GUESSED;
	/*
	 * Of one that is ending, the maps go first and the sockets last: whether it was recorded,
	 * the watch knows in the end. Asked after the maps were read, as no process returns.
	 */
	if (kernel_process_is_exiting(proc_task(member->pid)))
		return;
	member->unrecorded = cause == CAUSE_CERTAIN ||
			     member->sampled_ns - member->suspected_ns >= START_NS ||
			     is_past_start(member);
	/* It may have come to its recording, and past its start, since its maps were read. */
	if (member->unrecorded && process_maps_recording(member->pid, family->folder)) {
		member->unrecorded = false;
		member->recorded = true;
	}
}

/* A library before the recorder may answer calls itself, so that none is recorded. */
static void examine_order(const struct family *family, struct member *member)
{
	struct kernel_holdings holdings = { 0 };
	char name[64] = "";

	if (!member->asked_order) {
		member->asked_order = true;
		member->is_behind =
			preload_order_is_behind(member->pid, family->library, name, sizeof(name));
		if (member->is_behind)
			snprintf(member->reason, sizeof(member->reason),
				 "%s precedes libfinleak.so in its LD_PRELOAD and intercepted its "
				 "calls",
				 name);
	}
	if (!member->is_behind)
		return;
	kernel_holders_add(&holdings, NULL, member->pid);
	member->intercepted = holdings.count > 0;
	snprintf(member->command, sizeof(member->command), "%s", member->stat.command);
	free(holdings.list);
}

static void sample_member(struct family *family, const struct process_watch *watch, pid_t pid,
			  const struct proc_stat *stat, uint64_t now)
{
	struct member *member;

	HASH_FIND_INT(family->members, &pid, member);
	/* The pid was used again; of the earlier process we keep what matters. */
	if (member && member->stat.start_ticks != stat->start_ticks && !member->unrecorded) {
		HASH_DEL(family->members, member);
		free(member);
		member = NULL;
	}
	if (!member) {
		member = allocate_zeroed(1, sizeof(*member));
		member->pid = pid;
		member->first_ns = now;
		HASH_ADD_INT(family->members, pid, member);
	}
	if (member->stat.stack_start != stat->stack_start) {
		member->recorded = member->no_sockets = false;
		member->asked_order = member->is_behind = false;
		member->suspected_ns = 0;
		member->image_ns = now;
		member->has_cause = false;
	}
	member->stat = *stat;
	member->sampled_ns = member->last_ns = now;
	if (!member->recorded && !member->unrecorded)
		examine(family, watch, member);
	if (member->recorded && !member->unrecorded && !member->intercepted)
		examine_order(family, member);
}

/* PID sleeps until its children end, and what those do is not seen: it proves nothing. */
static void note_children(const struct family *family, pid_t pid)
{
	struct member *member;

	HASH_FIND_INT(family->members, &pid, member);
	if (member && is_fresh(member))
		member->no_sockets = false;
}

void family_sample(struct family *family, const struct process_watch *watch)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct member *member, *next;
	struct proc_stat stat;
	size_t count = 0, before, i;
	pid_t *pids = NULL;

	family->sampled_ns = now;
	add_pid(&pids, &count, family->program);
	/* Also those whose parents have ended. */
	HASH_ITER(hh, family->members, member, next) {
		if (read_living(member->pid, &stat) && stat.start_ticks == member->stat.start_ticks)
			add_pid(&pids, &count, member->pid);
		else if (!is_worth_keeping(member, watch)) {
			HASH_DEL(family->members, member);
			free(member);
		}
	}
	for (i = 0; i < count; i++) {
		HASH_FIND_INT(family->members, &pids[i], member);
		if ((member && member->sampled_ns == now) || !read_living(pids[i], &stat))
			continue;
		sample_member(family, watch, pids[i], &stat, now);
		before = count;
		add_children(&pids, &count, pids[i]);
		if (count > before)
			note_children(family, pids[i]);
	}
	free(pids);
}

bool family_is_fresh(const struct family *family)
{
	const struct member *member;

	for (member = family->members; member; member = member->hh.next)
		if (member->sampled_ns == family->sampled_ns && !member->recorded &&
		    !member->unrecorded && is_fresh(member))
			return true;
	return false;
}

struct observed_program *family_running(const struct family *family, size_t *count)
{
	struct observed_program *programs =
		allocate_zeroed(HASH_COUNT(family->members) + 1, sizeof(*programs));
	const struct member *member;

	*count = 0;
	for (member = family->members; member; member = member->hh.next) {
		if (!member->unrecorded || member->sampled_ns != family->sampled_ns)
			continue;
		programs[(*count)++] = (struct observed_program){
			.pid = member->pid,
			.path = stand_in_path(family->folder, member->pid, family->run),
			.unrecorded = true,
		};
	}
	return programs;
}

struct unrecorded *family_unrecorded(const struct family *family, const struct process_watch *watch,
				     size_t *count)
{
	struct unrecorded *list = NULL, *next;
	const struct member *member;

	*count = 0;
	for (member = family->members; member; member = member->hh.next) {
		const bool unrecorded = is_unrecorded(member, watch);

		if (!unrecorded && !member->no_sockets && !member->intercepted)
			continue;
		next = allocate_next(&list, *count, sizeof(*next));
		++*count;
		next->pid = member->pid;
		memcpy(next->command, member->command, sizeof(next->command));
		memcpy(next->reason, member->reason, sizeof(next->reason));
		next->intercepted = !unrecorded && member->intercepted;
		next->no_sockets = !unrecorded && !member->intercepted;
		next->seen_ms = ns_to_ms(nanoseconds_between(member->first_ns, member->last_ns));
	}
	return list;
}
