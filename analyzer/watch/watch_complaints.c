/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_complaints.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"

/* More than a screen can show. */
#define CAUGHT_MAX 4096

static int caught = -1;   /* the file in memory that stands for stderr */
static int standard = -1; /* the real one, while it is away */

static void let_out_at_exit(void)
{
	char *text;

	if (standard < 0)
		return;
	text = watch_complaints_release();
	fputs(text, stderr);
	free(text);
}

void watch_complaints_catch(void)
{
	static bool ready;

	if (!ready) {
		ready = true;
		caught = memfd_create("finleak-watch-complaints", MFD_CLOEXEC);
		atexit(let_out_at_exit);
	}
	if (caught < 0 || standard >= 0 || ftruncate(caught, 0) < 0)
		return;
	lseek(caught, 0, SEEK_SET);
	standard = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (standard >= 0)
		dup2(caught, STDERR_FILENO);
}

char *watch_complaints_release(void)
{
	char *text = allocate_zeroed(CAUGHT_MAX + 1, 1);

	if (standard < 0)
		return text;
	dup2(standard, STDERR_FILENO);
	close(standard);
	standard = -1;
	if (pread(caught, text, CAUGHT_MAX, 0) < 0)
		text[0] = '\0';
	return text;
}
