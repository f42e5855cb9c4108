/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/started_run.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/recordings/process_end.h"

#define POLL_NS (20 * NS_PER_MS)

bool started_run_is(int pid)
{
	return kernel_process_program(pid) != pid;
}

int *started_run_processes(int pid, size_t *count)
{
	size_t all, i;
	int *pids = kernel_process_pids(&all);

	*count = 0;
	for (i = 0; i < all; i++)
		if (pids[i] != pid && kernel_process_descends_from(pids[i], pid) &&
		    !kernel_process_is_finleak(pids[i]))
			pids[(*count)++] = pids[i];
	return pids;
}

static char *folder_now(int pid)
{
	char *recording = NULL, *slash;
	size_t count, i;
	int *pids = started_run_processes(pid, &count);

	for (i = 0; i < count && !recording; i++)
		recording = process_recording_path(pids[i]);
	free(pids);
	slash = recording ? strrchr(recording, '/') : NULL;
	if (slash)
		*slash = '\0';
	return recording;
}

char *started_run_folder(int pid, unsigned long long wait_ns)
{
	uint64_t deadline_ns = clock_ns(CLOCK_MONOTONIC) + wait_ns;
	char *folder;

	while (!(folder = folder_now(pid)) && clock_ns(CLOCK_MONOTONIC) < deadline_ns &&
	       started_run_is(pid))
		clock_wait(POLL_NS);
	return folder;
}
