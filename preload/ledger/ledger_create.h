/* SPDX-License-Identifier: MIT */
/* How a ledger comes to the recording of a program that starts. */
#ifndef FINLEAK_LEDGER_CREATE_H
#define FINLEAK_LEDGER_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/ledger/ledger.h"

/* Which process a recording is of. Strings are copied. */
struct ledger_identity {
	uint32_t origin; /* enum recording_origin */
	int32_t pid;     /* as the process itself sees it */
	int32_t parent_pid;
	uint32_t birth_stack; /* where the parent forked; 0: it did not, or unknown */
	uint64_t start_ns;
	int64_t start_realtime_ns;
	uint64_t descriptor_limit; /* RLIMIT_NOFILE; 0 unknown */
	uint64_t file_size_limit;  /* RLIMIT_FSIZE, bytes; UINT64_MAX: none */
	bool maps_whole;           /* views can't be made longer here: all is mapped at once */
	uint32_t frames_limit;     /* kept of each stack */
	uint32_t options;          /* enum recording_option bits */
	const char *name;          /* begins the file's name */
	const char *executable;
	const char *command; /* NUL-separated, command_size bytes */
	size_t command_size;
	const char *version; /* of finleak */
	const char *maker;   /* as in struct ledger_home; NULL: nobody */
};

/*
 * Creates, maps and publishes the recording of IDENTITY in FOLDER (absolute; "": its maker does).
 * LEDGER is zeroed, or was ended by ledger_unmap(). False: it can't be, and nothing is left behind.
 * One thread only; not signal-safe.
 */
bool ledger_create(struct ledger *ledger, const char *folder,
		   const struct ledger_identity *identity);

/* Ends the use of LEDGER; the file stays. One thread only. */
void ledger_unmap(struct ledger *ledger);

/* For both ways to a recording: zeroes HEADER and fills it in for LAYOUT and IDENTITY. */
void ledger_fill_header(struct recording_header *header, const struct ledger_layout *layout,
			const struct ledger_identity *identity);

#endif
