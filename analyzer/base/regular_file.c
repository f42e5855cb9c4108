/* SPDX-License-Identifier: MIT */
#include "analyzer/base/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int reopen(int named, const char *path, struct stat *status)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	char link[32];
	struct stat opened;
	int fd;

	if (fstat(named, status) < 0)
		return -1;
	if (!S_ISREG(status->st_mode)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", named);
	fd = open(link, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	/* Without /proc the name has to do, which may be another file's by now. */
	fd = open(path, flags);
	if (fd < 0 || (fstat(fd, &opened) == 0 && opened.st_dev == status->st_dev &&
		       opened.st_ino == status->st_ino))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

int regular_file_open(const char *path, struct stat *status)
{
	int named = open(path, O_PATH | O_CLOEXEC), fd, failure;

	if (named < 0)
		return -1;
	fd = reopen(named, path, status);
	failure = errno;
	close(named);
	errno = failure;
	return fd;
}
