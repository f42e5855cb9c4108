/* SPDX-License-Identifier: MIT */
/* Packs on the command line: their files, in folders that go again. */
#ifndef FINLEAK_UNPACKED_H
#define FINLEAK_UNPACKED_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/base/temporary_folder.h"
#include "analyzer/symbolize/imported_names.h"

struct unpacked {
	char **paths; /* as they were given, but for packs: folders with what is in them */
	size_t count;
	struct temporary_folder folder; /* what all of these are in; no path: there was no pack */
};

/*
 * Takes the packs among the COUNT files and folders PATHS apart; the names of code in them go into
 * NAMES. Returns false with one line on stderr. End with unpacked_clear in any case.
 */
bool unpacked_make(struct unpacked *unpacked, char *const *paths, size_t count,
		   struct imported_names *names);

/* Removes the folders. */
void unpacked_clear(struct unpacked *unpacked);

#endif
