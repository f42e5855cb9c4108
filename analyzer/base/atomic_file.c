/* SPDX-License-Identifier: MIT */
#include "analyzer/base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/interruption.h"

static void forget(struct atomic_file *file)
{
	free(file->path);
	free(file->draft);
	*file = (struct atomic_file){ NULL, NULL, NULL };
}

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

int atomic_file_begin(struct atomic_file *file, const char *path)
{
	char *resolved = realpath(path, NULL);
	int fd, failure;

	file->path = resolved ? resolved : allocate_text(path);
	file->draft = allocate_printed("%s.XXXXXX", file->path);
	fd = mkostemp(file->draft, O_CLOEXEC);
	if (fd < 0) {
		failure = errno;
		forget(file);
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
	forget(file);
	return failure;
}

int atomic_file_end(struct atomic_file *file)
{
	bool failed = ferror(file->stream);
	int failure = 0;

	errno = 0;
	/* Without fsync() a crash of the machine may leave an empty file. */
	if (fflush(file->stream) != 0 || failed || fsync(fileno(file->stream)) != 0)
		failure = errno ? errno : EIO;
	if (fclose(file->stream) != 0 && !failure)
		failure = errno;
	if (!failure && rename(file->draft, file->path) != 0)
		failure = errno;
	if (failure)
		unlink(file->draft);
	interruption_release_file();
	forget(file);
	return failure;
}

void atomic_file_abandon(struct atomic_file *file)
{
	fclose(file->stream);
	unlink(file->draft);
	interruption_release_file();
	forget(file);
}
