/* SPDX-License-Identifier: MIT */
#include "analyzer/base/proc_stat.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/base/proc_task.h"

/* The fields after the second, which is in parentheses and may hold anything. */
static bool parse(struct proc_stat *stat, const char *fields)
{
	unsigned long long user, system;

	if (sscanf(fields,
		   " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %*s %*s %*s %*s %*s "
		   "%*s %llu %*s %*s %*s %*s %*s %llu",
		   &stat->state, &stat->parent, &user, &system, &stat->start_ticks,
		   &stat->stack_start) != 6)
		return false;
	stat->processor_ticks = user + system;
	return true;
}

bool proc_stat_read(struct proc_stat *stat, int pid)
{
	char path[32], line[1024], *name, *end;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	size = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	line[size] = '\0';
	name = strchr(line, '(');
	end = strrchr(line, ')');
	if (!name || !end || end < name)
		return false;
	*end = '\0';
	snprintf(stat->command, sizeof(stat->command), "%s", name + 1);
	return parse(stat, end + 1);
}

bool proc_stat_has_ended(const struct proc_stat *stat, int pid)
{
	return (stat->state == 'Z' || stat->state == 'X') && proc_task_none(pid);
}
