/* SPDX-License-Identifier: MIT */
/* The file behind a ledger: created, sized, mapped; no descriptor of it is kept. Signal-safe. */
#ifndef FINLEAK_LEDGER_FILE_H
#define FINLEAK_LEDGER_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "preload/ledger/ledger_layout.h"

/* A file being created: longer than any path that the kernel takes. */
struct ledger_file {
	char path[PATH_MAX + 64];
	size_t stem; /* length of the path up to and with NAME.PID. */
	int fd;
	int maker; /* the connection to the one that has created it (asked_file.h); -1: we have */
};

/* Where files are created. */
struct ledger_home {
	const char *folder; /* absolute; "": none that the process may write to */
	const char *maker;  /* who is asked where the process can't (asked_file.h); "": nobody */
};

/*
 * Creates NAME.PID.N.starting in HOME, open; up to 16 bytes of NAME. False: it can't be. Ends in
 * ledger_file_close().
 */
bool ledger_file_create(const struct ledger_home *home, const char *name, int pid,
			struct ledger_file *file);

/*
 * FILE is whole: it gets the name of a recording, NAME.PID.N.finleak, which is stored in NAME as
 * well. No other file is replaced. False: it can't be renamed.
 */
bool ledger_file_publish(struct ledger_file *file, char name[RECORDED_FILE_NAME_MAX]);

/* Makes the file as large as LAYOUT needs. False: SIZE_LIMIT (bytes) or the disk forbids it. */
bool ledger_file_size(const struct ledger_file *file, const struct ledger_layout *layout,
		      uint64_t size_limit);

/* Stores SIZE bytes at OFFSET. False: there is no room. */
bool ledger_file_write(const struct ledger_file *file, uint64_t offset, const void *bytes,
		       size_t size);

/* Closes the descriptor (a mapping stays), and takes the file away where KEEP is false. */
void ledger_file_close(const struct ledger_file *file, bool keep);

/*
 * Makes LENGTH bytes of MAP from START touchable, both multiples of the page size. False: the
 * file system has no room.
 */
bool ledger_file_reserve(void *map, size_t start, size_t length);

#endif
