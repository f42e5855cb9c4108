/* SPDX-License-Identifier: MIT */
#include "analyzer/base/proc_lines.h"

#include <stdlib.h>

#include "analyzer/base/proc_task.h"

bool proc_lines_open(struct proc_lines *lines, int pid, const char *name, char delimiter)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", proc_task(pid), name);
	*lines = (struct proc_lines){ .file = fopen(path, "re"), .delimiter = delimiter };
	return lines->file != NULL;
}

char *proc_lines_next(struct proc_lines *lines)
{
	ssize_t length = getdelim(&lines->line, &lines->room, lines->delimiter, lines->file);

	if (length <= 0)
		return NULL;
	if (lines->line[length - 1] == lines->delimiter)
		lines->line[length - 1] = '\0';
	return lines->line;
}

void proc_lines_close(struct proc_lines *lines)
{
	free(lines->line);
	fclose(lines->file);
}

bool proc_lines_any(int pid, const char *name, bool (*matches)(const char *line, const void *what),
		    const void *what)
{
	struct proc_lines lines;
	const char *line;
	bool found = false;

	if (!proc_lines_open(&lines, pid, name, '\n'))
		return false;
	while (!found && (line = proc_lines_next(&lines)))
		found = matches(line, what);
	proc_lines_close(&lines);
	return found;
}
