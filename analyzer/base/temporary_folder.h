/* SPDX-License-Identifier: MIT */
/*
 * A folder for files that nobody needs once this process is gone. It is removed with all that is in
 * it, however the process ends: a child waits for that.
 */
#ifndef FINLEAK_TEMPORARY_FOLDER_H
#define FINLEAK_TEMPORARY_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

struct temporary_folder {
	char *path; /* NULL: there is none */
	int fd;     /* its end of file is what the child waits for */
	pid_t keeper;
};

/*
 * Creates FOLDER below TMPDIR or /tmp. Returns false with one line on stderr. End with
 * temporary_folder_remove.
 */
bool temporary_folder_make(struct temporary_folder *folder);

/* Removes it and what is in it. FOLDER may have no path: nothing happens. */
void temporary_folder_remove(struct temporary_folder *folder);

#endif
