/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observer.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/kernel_view/kernel_process.h"

#include "analyzer/recordings/observation_file.h"
#include "analyzer/observer/observe_holders.h"
#include "analyzer/observer/observe_owners.h"
#include "analyzer/observer/observe_pollers.h"
#include "analyzer/observer/observe_unrecorded.h"
#include "analyzer/recordings/recording_reader.h"
#include "analyzer/recordings/stand_in.h"

/* Listing takes 2.5 to 3 us per descriptor: it gets at most this fraction of the time. */
#define LISTING_SHARE 20

/* The same for samples that count TIME_WAIT. */
#define COUNTING_SHARE 100

/* A process that was there at the last sample. */
struct watched {
	char *path;
	struct observation *observation;
	uint64_t wanted_ns; /* the last sample that asked for it */
	bool kept;          /* in a file */
	UT_hash_handle hh;
};

struct observer {
	struct watched *watched; /* by path */
	struct kernel_namespaces namespaces;
	uint64_t listed_ns, listing_took_ns;
	uint64_t counted_ns, counting_took_ns; /* the last sample that counted TIME_WAIT */
	uint64_t cost_ns; /* CPU time of the last sample that did nothing but what each does */
	bool has_sampled;
	struct unrecorded_memory unrecorded;
};

void observed_programs_free(struct observed_program *programs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free((char *)programs[i].path);
	free(programs);
}

struct observer *observer_new(void)
{
	return allocate_zeroed(1, sizeof(struct observer));
}

static void forget(struct observer *observer, struct watched *watched)
{
	HASH_DEL(observer->watched, watched);
	observation_free(watched->observation);
	free(watched->path);
	free(watched);
}

void observer_free(struct observer *observer)
{
	struct watched *watched, *next;

	if (!observer)
		return;
	HASH_ITER(hh, observer->watched, watched, next) {
		forget(observer, watched);
	}
	kernel_namespaces_clear(&observer->namespaces);
	unrecorded_memory_clear(&observer->unrecorded);
	free(observer);
}

static struct watched *find(const struct observer *observer, const char *path)
{
	struct watched *watched;

	HASH_FIND_STR(observer->watched, path, watched);
	return watched;
}

/* The network namespace of a process. */
struct surroundings {
	uint64_t namespace; /* its inode; 0 unknown */
	int failure;        /* errno of reading its sockets; 0 none */
};

/* Adds the sockets of the namespace that PID lives in, once for each. BEFORE: of earlier pids. */
static struct surroundings sample_namespace(struct observer *observer, struct sample *sample,
					    int pid, const struct surroundings *before,
					    size_t count)
{
	struct surroundings here = { .namespace = kernel_namespace_of(pid) };
	struct kernel_namespace *netns;
	bool done = false;
	size_t i;

	if (!here.namespace) {
		here.failure = errno;
		return here;
	}
	netns = kernel_namespaces_enter(&observer->namespaces, here.namespace, pid);
	for (i = 0; i < count; i++)
		done |= before[i].namespace == here.namespace;
	if (!done)
		sample_add_namespace(sample, netns);
	here.failure = netns->failure;
	return here;
}

static void take_surroundings(struct observation *observation, const struct observer *observer,
			      const struct surroundings *here)
{
	const struct kernel_namespace *netns =
		kernel_namespaces_find(&observer->namespaces, here->namespace);

	observation->failure = here->failure;
	kernel_tuning_clear(&observation->tuning);
	if (!netns)
		return;
	observation->tuning = netns->tuning;
	observation->time_wait = netns->time_wait;
}

/*
 * There may be tens of thousands, which nobody holds. They can wait for the second sample: of a
 * program that ends soon the first one may be the only one.
 */
static bool may_count_time_wait(const struct observer *observer, uint64_t now_ns)
{
	return observer->has_sampled &&
	       now_ns - observer->counted_ns >= COUNTING_SHARE * observer->counting_took_ns;
}

static bool may_list(struct observer *observer, uint64_t now_ns)
{
	return now_ns - observer->listed_ns >= LISTING_SHARE * observer->listing_took_ns;
}

static void list_descriptors(struct observer *observer, const struct sample *sample,
			     const struct observed_process *processes, size_t count)
{
	uint64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	observe_holders(sample, processes, count);
	observer->listed_ns = sample->now_ns;
	observer->listing_took_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
}

static void remember(struct observer *observer, const char *path, struct observation *observation)
{
	struct watched *watched = find(observer, path);

	if (!watched) {
		watched = allocate_zeroed(1, sizeof(*watched));
		watched->path = allocate_text(path);
		HASH_ADD_KEYPTR(hh, observer->watched, watched->path, strlen(watched->path),
				watched);
	}
	observation_free(watched->observation);
	watched->observation = observation;
}

/*
 * As long as a process has not begun to end, the sample shows its life and not its end. Before that
 * a crash may write a core dump, which takes a while.
 */
static bool has_ended(int pid)
{
	return kernel_process_is_exiting(proc_task(pid)) || kernel_process_dumps_core(pid);
}

/* Compares PROGRAM's recording with SAMPLE. False: the recording can't be read. */
static bool observe_program(const struct observer *observer, struct sample *sample,
			    const struct observed_program *program,
			    struct observed_process *process)
{
	const struct watched *before = find(observer, program->path);
	char error[256];

	process->pid = program->pid;
	process->recording = program->unrecorded
				     ? stand_in_recording(program->path, program->pid, "")
				     : recording_read_sockets(program->path, error, sizeof(error));
	if (!process->recording)
		return false;
	process->previous = before ? before->observation : program->previous;
	process->observation =
		observe_process(sample, program->pid, process->recording, process->previous);
	return true;
}

/* Those that end meanwhile, or whose recording can't be read, are in PROGRAMS and stay. */
static void forget_others(struct observer *observer, const struct observed_program *programs,
			  size_t count, uint64_t now_ns)
{
	struct watched *watched, *next;
	size_t i;

	for (i = 0; i < count; i++) {
		watched = find(observer, programs[i].path);
		if (watched)
			watched->wanted_ns = now_ns;
	}
	HASH_ITER(hh, observer->watched, watched, next) {
		if (watched->wanted_ns != now_ns)
			forget(observer, watched);
	}
}

void observer_sample(struct observer *observer, const struct observed_program *programs,
		     size_t count, bool thorough)
{
	struct observed_process *processes = allocate_zeroed(count + 1, sizeof(*processes));
	const char **paths = allocate_zeroed(count + 1, sizeof(*paths));
	struct sample sample = { .now_ns = clock_ns(CLOCK_MONOTONIC) };
	struct surroundings *surroundings = allocate_zeroed(count + 1, sizeof(*surroundings));
	uint64_t before_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID), took_ns;
	size_t seen = 0, i;

	sample.counts_time_wait = thorough || may_count_time_wait(observer, sample.now_ns);
	for (i = 0; i < count; i++)
		surroundings[i] =
			sample_namespace(observer, &sample, programs[i].pid, surroundings, i);
	sample_complete(&sample, &observer->namespaces);
	for (i = 0; i < count; i++) {
		if (!observe_program(observer, &sample, &programs[i], &processes[seen]))
			continue;
		take_surroundings(processes[seen].observation, observer, &surroundings[i]);
		paths[seen++] = programs[i].path;
	}
	observe_unrecorded(&observer->unrecorded, &sample, processes, seen, thorough);
	if (thorough ||
	    (may_list(observer, sample.now_ns) && observe_holders_wanted(&sample, processes, seen)))
		list_descriptors(observer, &sample, processes, seen);
	for (i = 0; i < seen; i++) {
		observe_pollers(processes[i].observation, processes[i].recording,
				processes[i].previous);
		observe_owners(processes[i].observation, processes[i].previous,
			       processes[i].recording);
		observation_sort_others(processes[i].observation);
		recording_free(processes[i].recording);
		if (has_ended(processes[i].pid))
			observation_free(processes[i].observation);
		else
			remember(observer, paths[i], processes[i].observation);
	}
	forget_others(observer, programs, count, sample.now_ns);
	took_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before_ns;
	if (sample.counts_time_wait) {
		observer->counted_ns = sample.now_ns;
		observer->counting_took_ns = took_ns;
	}
	if (!sample.counts_time_wait || took_ns < observer->cost_ns)
		observer->cost_ns = took_ns;
	observer->has_sampled = true;
	sample_clear(&sample);
	free(surroundings);
	free(paths);
	free(processes);
}

uint64_t observer_cost_ns(const struct observer *observer)
{
	return observer->cost_ns;
}

/* Most processes that a shell starts have no sockets: no file then. */
static bool is_worth_keeping(const struct observation *observation)
{
	uint64_t sockets = observation->idle + observation->bound + observation->closed +
			   observation->stood_in;
	size_t i;

	/* That it was asked about counts: its recording does not show whether it has any. */
	if (observation->is_go)
		return true;

	for (i = 0; i < OBSERVED_STATES; i++)
		sockets += observation->states[i];
	return sockets || observation->socket_count;
}

int observer_keep(const struct observer *observer)
{
	struct watched *watched;
	int failure = 0;

	for (watched = observer->watched; watched; watched = watched->hh.next) {
		int failed = 0;

		if (watched->kept || is_worth_keeping(watched->observation))
			failed = observation_write(watched->observation, watched->path);
		watched->kept |= is_worth_keeping(watched->observation) && !failed;
		if (failed)
			failure = failed;
	}
	return failure;
}

struct observation *observer_take(struct observer *observer, const char *path)
{
	struct watched *watched = find(observer, path);
	struct observation *observation = watched ? watched->observation : NULL;

	if (!watched)
		return NULL;
	watched->observation = NULL;
	forget(observer, watched);
	return observation;
}
