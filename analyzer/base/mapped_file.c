/* SPDX-License-Identifier: MIT */
#include "analyzer/base/mapped_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/allocate.h"

bool mapped_file_parse(const char *line, struct mapped_file *mapped)
{
	char rights[8];
	int length = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n", &mapped->start,
		   &mapped->end, rights, &mapped->offset, &length) != 4 ||
	    length == 0)
		return false;
	mapped->path = line + length;
	return rights[2] == 'x' && mapped->path[0] == '/' && mapped->start < mapped->end;
}

int mapped_file_open(int pid, const struct mapped_file *mapped)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	char *path = allocate_printed("/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, mapped->start,
				      mapped->end);
	int fd = open(path, flags);

	free(path);
	if (fd >= 0)
		return fd;
	path = allocate_printed("/proc/%d/root%s", pid, mapped->path);
	fd = open(path, flags);
	free(path);
	return fd;
}
