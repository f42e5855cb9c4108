/* SPDX-License-Identifier: MIT */
/*
 * Reads a recording into checked tables. A recording is hostile input (P12): every offset, count
 * and id is checked here, once; users of struct recording need not check again.
 */
#ifndef FINLEAK_RECORDING_READER_H
#define FINLEAK_RECORDING_READER_H

#include "analyzer/recordings/recording_snapshot.h"

/*
 * Reads the recording in file PATH. Returns it (end with recording_free), or NULL with one line
 * for the user in ERROR: what is wrong with it (empty, cut short, not a finleak recording, from a
 * newer finleak, damaged: what), without the file's name.
 */
struct recording *recording_read(const char *path, char *error, size_t error_size);

/*
 * Like recording_read, but reads header, descriptors, open sockets, departures and pollers only,
 * and each row once: one that was written meanwhile may mix two sockets. For the observer, which
 * compares rows with the kernel.
 */
struct recording *recording_read_sockets(const char *path, char *error, size_t error_size);

#endif
