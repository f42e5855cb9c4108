/* SPDX-License-Identifier: MIT */
/*
 * Opening a file whose name somebody else chose. Nothing but a regular file is opened, not even for
 * a moment: opening a FIFO blocks, and opening a device may act on it.
 */
#ifndef FINLEAK_REGULAR_FILE_H
#define FINLEAK_REGULAR_FILE_H

#include <sys/stat.h>

/*
 * Opens PATH for reading, links followed. Returns a descriptor (close-on-exec) and fills *STATUS,
 * or -1 with errno; EINVAL: it is no regular file.
 */
int regular_file_open(const char *path, struct stat *status);

#endif
