/* SPDX-License-Identifier: MIT */
/* Reads a file that the user named, of a bounded size, at once. */
#ifndef FINLEAK_WHOLE_FILE_H
#define FINLEAK_WHOLE_FILE_H

#include <stddef.h>

/*
 * The bytes of PATH (a pipe is read to its end) with a NUL behind them, and their number in *SIZE;
 * the caller frees them. NULL with errno: EFBIG, there are more than MAX.
 */
char *whole_file_read(const char *path, size_t max, size_t *size);

/* The same of the open file FD, which stays open. */
char *whole_file_read_open(int fd, size_t max, size_t *size);

/* The number of the line, from 1, that TEXT[OFFSET] is in. */
unsigned int whole_file_line(const char *text, size_t offset);

#endif
