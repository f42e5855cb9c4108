/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/signal_expected.h"

#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "analyzer/base/proc_lines.h"

static uint64_t bit_of(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

/* By the dispositions of the process and the mask of its first thread. */
static bool is_provided_for(pid_t pid, int signal)
{
	static const char *const names[] = { "SigBlk:", "SigIgn:", "SigCgt:" };
	struct proc_lines status;
	const char *line;
	bool expected = false;
	size_t i;

	if (!proc_lines_open(&status, pid, "status", '\n'))
		return true;
	while ((line = proc_lines_next(&status)))
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(line, names[i], strlen(names[i])) == 0)
				expected |= strtoull(line + strlen(names[i]), NULL, 16) &
					    bit_of(signal);
	proc_lines_close(&status);
	return expected;
}

/*
 * While a thread waits for signals, the kernel shows them as not blocked: then they are in the set
 * that its system call was given.
 */
static bool thread_waits_for(pid_t pid, const char *thread, int signal)
{
	unsigned long long number, set;
	uint64_t signals;
	struct iovec here = { &signals, sizeof(signals) }, there = { NULL, sizeof(signals) };
	char path[96];
	bool waits;
	FILE *call;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/syscall", (int)pid, thread);
	call = fopen(path, "re");
	if (!call)
		return false;
	waits = fscanf(call, "%llu 0x%llx", &number, &set) == 2 && number == SYS_rt_sigtimedwait;
	fclose(call);
	if (!waits)
		return false;
	there.iov_base = (void *)(uintptr_t)set;
	return process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(signals) &&
	       signals & bit_of(signal);
}

static bool is_waited_for(pid_t pid, int signal)
{
	const struct dirent *entry;
	bool waits = false;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	while (threads && !waits && (entry = readdir(threads)) != NULL)
		waits = isdigit((unsigned char)entry->d_name[0]) &&
			thread_waits_for(pid, entry->d_name, signal);
	if (threads)
		closedir(threads);
	return waits;
}

bool signal_is_expected(pid_t pid, int signal)
{
	return is_provided_for(pid, signal) || is_waited_for(pid, signal);
}
