/* SPDX-License-Identifier: MIT */
#include "analyzer/base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"

void new_file_forget(struct new_file *file)
{
	free(file->path);
	free(file->draft);
	*file = (struct new_file){ NULL, NULL, NULL };
}

int new_file_begin(struct new_file *file, const char *path, const char *draft, mode_t mode)
{
	int fd, failure;

	file->path = allocate_text(path);
	file->draft = draft ? allocate_text(draft) : allocate_printed("%s.new", path);
	/* Of a finleak that was killed. */
	unlink(file->draft);
	fd = open(file->draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	file->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (file->stream)
		return 0;
	failure = errno;
	if (fd >= 0) {
		close(fd);
		unlink(file->draft);
	}
	new_file_forget(file);
	return failure;
}

int new_file_end(struct new_file *file, int failure)
{
	errno = 0;
	if ((fflush(file->stream) != 0 || ferror(file->stream)) && !failure)
		failure = errno ? errno : EIO;
	if (fclose(file->stream) != 0 && !failure)
		failure = errno;
	if (!failure && rename(file->draft, file->path) != 0)
		failure = errno;
	if (failure)
		unlink(file->draft);
	new_file_forget(file);
	return failure;
}
