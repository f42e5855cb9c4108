/* SPDX-License-Identifier: MIT */
#include "analyzer/base/proc_task.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
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

/* 0: none of PID's threads. */
static int find_task(int pid)
{
	const struct dirent *entry;
	char path[64];
	int task = 0;
	DIR *tasks;

	if (has_memory(pid))
		return pid;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && !task && (entry = readdir(tasks)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) && has_memory(atoi(entry->d_name)))
			task = atoi(entry->d_name);
	if (tasks)
		closedir(tasks);
	return task;
}

int proc_task(int pid)
{
	int task = find_task(pid);

	return task ? task : pid;
}

bool proc_task_none(int pid)
{
	return find_task(pid) == 0;
}
