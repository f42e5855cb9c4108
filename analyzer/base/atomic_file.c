/* SPDX-License-Identifier: MIT */
#include "analyzer/base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/interruption.h"

/* Those of what is replaced, or as open() would give them. */
static mode_t permissions_of(const char *path)
{
	struct stat status;
	mode_t mask;

	if (stat(path, &status) == 0)
		return status.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

int atomic_file_begin(struct new_file *file, const char *path)
{
	char *resolved = realpath(path, NULL);
	int fd, failure;

	file->path = resolved ? resolved : allocate_text(path);
	file->draft = allocate_printed("%s.XXXXXX", file->path);
	fd = mkostemp(file->draft, O_CLOEXEC);
	if (fd < 0) {
		failure = errno;
		new_file_forget(file);
		return failure;
	}
	interruption_guard_file(fd, file->draft);
	file->stream = fchmod(fd, permissions_of(file->path)) == 0 ? fdopen(fd, "w") : NULL;
	if (file->stream)
		return 0;
	failure = errno;
	close(fd);
	unlink(file->draft);
	interruption_release_file();
	new_file_forget(file);
	return failure;
}

int atomic_file_end(struct new_file *file)
{
	int failure = 0;

	/* Without fsync() a crash of the machine may leave an empty file. */
	if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0)
		failure = errno;
	failure = new_file_end(file, failure);
	interruption_release_file();
	return failure;
}

void atomic_file_abandon(struct new_file *file)
{
	new_file_end(file, ECANCELED);
	interruption_release_file();
}
