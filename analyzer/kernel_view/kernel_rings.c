/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_rings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/proc_task.h"

/* fdinfo lists them after "UserFiles:", as "    0: socket:[4711]" (io_uring/fdinfo.c). */
bool kernel_ring_holds(int pid, int ring, uint32_t inode)
{
	char path[64], name[32], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", proc_task(pid), ring);
	snprintf(name, sizeof(name), "socket:[%u]", inode);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0)
		found = strstr(line, name) != NULL;
	free(line);
	fclose(file);
	return found;
}
