/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/await_dying.h"

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/base/clock.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/kernel_view/kernel_process.h"

/* A machine with much else to do takes seconds to take apart what is large. */
#define WAIT_MAX_NS  (10 * NS_PER_S)
#define WAIT_STEP_MS 5

static uint64_t bit_of(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

/* Adds the signals of LINE of a status file to *SET if it is the one called NAME. */
static void add_signals(uint64_t *set, const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) == 0)
		*set |= strtoull(line + length, NULL, 16);
}

/*
 * Is THREAD (its ID) about to end by a signal? The kernel turns one that ends the process into a
 * SIGKILL for each thread, but for those that dump core.
 */
static bool is_being_killed(int thread)
{
	static const int dump_core[] = { SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
					 SIGFPE,  SIGSEGV, SIGSYS,  SIGXCPU, SIGXFSZ };
	uint64_t pending = 0, provided_for = 0, fatal = bit_of(SIGKILL);
	struct proc_lines status;
	const char *line;
	size_t i;

	if (!proc_lines_open(&status, thread, "status", '\n'))
		return true;
	for (i = 0; i < sizeof(dump_core) / sizeof(dump_core[0]); i++)
		fatal |= bit_of(dump_core[i]);
	while ((line = proc_lines_next(&status))) {
		add_signals(&pending, line, "SigPnd:");
		add_signals(&pending, line, "ShdPnd:");
		add_signals(&provided_for, line, "SigBlk:");
		add_signals(&provided_for, line, "SigIgn:");
		add_signals(&provided_for, line, "SigCgt:");
	}
	proc_lines_close(&status);
	return pending & ~provided_for & fatal;
}

/* One thread that goes on is enough: the first one may have ended by itself. */
static bool is_dying(int pid)
{
	const struct dirent *entry;
	bool goes_on = false;
	char path[64];
	DIR *threads;

	if (kernel_process_dumps_core(pid))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && !goes_on && (entry = readdir(threads)) != NULL) {
		int thread = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		goes_on = thread && !kernel_process_is_exiting(thread) && !is_being_killed(thread);
	}
	if (threads)
		closedir(threads);
	return !goes_on;
}

static bool any_is_dying(const struct process_watch *watch)
{
	size_t count, i;
	struct observed_program *programs = process_watch_running(watch, &count);

	for (i = 0; i < count; i++)
		if (is_dying(programs[i].pid))
			break;
	observed_programs_free(programs, count);
	return i < count;
}

void await_dying(struct process_watch *watch)
{
	struct pollfd ends = { .fd = process_watch_descriptor(watch), .events = POLLIN };
	uint64_t start = clock_ns(CLOCK_MONOTONIC);

	for (;;) {
		process_watch_check(watch);
		if (!any_is_dying(watch) || clock_ns(CLOCK_MONOTONIC) - start >= WAIT_MAX_NS)
			return;
		poll(&ends, 1, WAIT_STEP_MS);
	}
}
