/* SPDX-License-Identifier: MIT */
/* Bytes moved on a socket, and it is time to see who uses it: transfers.h. */
#ifndef FINLEAK_TOUCHED_H
#define FINLEAK_TOUCHED_H

#include <sys/types.h>

/*
 * RESULT bytes were read from, or written to, *FD (in the memory that the wrapper keeps it in).
 * Returns RESULT. Signal-safe, any thread.
 */
ssize_t note_read(const int *fd, ssize_t result) __attribute__((cold));
ssize_t note_written(const int *fd, ssize_t result) __attribute__((cold));

/* A read of *FD (as above) found no bytes yet, for the first time. Returns RESULT. Signal-safe. */
ssize_t note_asked(const int *fd, ssize_t result) __attribute__((cold));

#endif
