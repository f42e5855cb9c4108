/* SPDX-License-Identifier: MIT */
#include "analyzer/base/proc_task.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The executable is that of its memory, which a thread gives up first when it ends. */
static bool has_memory(int task)
{
	char path[64], target[1];

	snprintf(path, sizeof(path), "/proc/%d/exe", task);
	return readlink(path, target, sizeof(target)) >= 0 || errno != ENOENT;
}

/* A thread of PID but its first one, whose rights do not matter here: 0 if there is none. */
static int find_other(int pid)
{
	const struct dirent *entry;
	char path[64];
	int task = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && !task && (entry = readdir(tasks)) != NULL) {
		int other = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : pid;

		if (other != pid && has_memory(other))
			task = other;
	}
	if (tasks)
		closedir(tasks);
	return task;
}

int proc_task(int pid)
{
	int other = has_memory(pid) ? 0 : find_other(pid);

	return other ? other : pid;
}

bool proc_task_none(int pid)
{
	return find_other(pid) == 0;
}

int proc_task_executable(int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", proc_task(pid));
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}
