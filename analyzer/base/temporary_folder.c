/* SPDX-License-Identifier: MIT */
#include "analyzer/base/temporary_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"

#define OPEN_MAX_WHILE_REMOVING 16

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	remove(path);
	return 0;
}

/*
 * The child. Whoever reads finleak's output does not wait for it, and no signal to the terminal's
 * foreground group ends it. All signals are blocked: SIGKILL alone is left.
 */
_Noreturn static void keep(const char *path, int fd)
{
	char byte;

	if (fd > 0)
		syscall(SYS_close_range, 0u, (unsigned int)fd - 1, 0u);
	syscall(SYS_close_range, (unsigned int)fd + 1, ~0u, 0u);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	nftw(path, remove_one, OPEN_MAX_WHILE_REMOVING, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}

/* Returns false with errno: there is neither a folder nor a child. */
static bool make_kept(struct temporary_folder *folder)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	if (!mkdtemp(folder->path))
		goto fail;
	fflush(NULL);
	folder->keeper = fork();
	if (folder->keeper < 0) {
		rmdir(folder->path);
		goto fail;
	}
	if (folder->keeper == 0) {
		close(ends[1]);
		keep(folder->path, ends[0]);
	}
	close(ends[0]);
	folder->fd = ends[1];
	return true;
fail:
	close(ends[0]);
	close(ends[1]);
	return false;
}

bool temporary_folder_make(struct temporary_folder *folder)
{
	const char *temporary = getenv("TMPDIR");
	sigset_t all, before;
	bool made;
	int error;

	folder->path = allocate_printed("%s/finleak-pack.XXXXXX",
					temporary && temporary[0] ? temporary : "/tmp");
	/* What ends finleak between the two calls leaves the folder behind. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	made = make_kept(folder);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (made)
		return true;
	fputs("finleak: cannot create ", stderr);
	utf8_print_escaped(stderr, folder->path);
	fprintf(stderr, ": %s\n", strerror(error));
	free(folder->path);
	folder->path = NULL;
	return false;
}

void temporary_folder_remove(struct temporary_folder *folder)
{
	if (!folder->path)
		return;
	close(folder->fd);
	while (waitpid(folder->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	free(folder->path);
	folder->path = NULL;
}
