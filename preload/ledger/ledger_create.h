/* SPDX-License-Identifier: MIT */
/* How a ledger comes to its recording: of a program that starts, of a forked child. */
#ifndef FINLEAK_LEDGER_CREATE_H
#define FINLEAK_LEDGER_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/ledger/ledger.h"

/* Whom a recording is about. Strings are copied. */
struct ledger_identity {
	uint32_t origin; /* enum recording_origin */
	int32_t pid;     /* as the process itself sees it */
	int32_t parent_pid;
	uint32_t birth_stack; /* where the parent forked; 0: it did not, or unknown */
	uint64_t start_ns;
	int64_t start_realtime_ns;
	uint64_t descriptor_limit; /* RLIMIT_NOFILE; 0 unknown */
	uint64_t file_size_limit;  /* RLIMIT_FSIZE, bytes; UINT64_MAX: none */
	uint32_t frames_limit;     /* kept of each stack */
	uint32_t options;          /* enum recording_option bits */
	const char *name;          /* begins the file's name */
	const char *executable;
	const char *command; /* NUL-separated, command_size bytes */
	size_t command_size;
	const char *version; /* of finleak */
};

/*
 * Creates, maps and publishes the recording of IDENTITY in FOLDER (absolute). LEDGER is zeroed, or
 * was ended by ledger_unmap(). False: it can't be, and nothing is left behind. One thread only;
 * not signal-safe.
 */
bool ledger_create(struct ledger *ledger, const char *folder,
		   const struct ledger_identity *identity);

/* Ends the use of LEDGER; the file stays. One thread only. */
void ledger_unmap(struct ledger *ledger);

/*
 * In a forked child: what is mapped is the parent's. From here on LEDGER has no recording, until
 * ledger_create_for_child(). No other thread uses LEDGER.
 */
void ledger_leave_to_parent(struct ledger *ledger);

/*
 * In a forked child, after ledger_leave_to_parent(): puts a recording of its own in the place of
 * the parent's, at the same addresses. Stacks, scripts, modules and strings are taken over (their
 * ids stay valid), the other sections begin empty. False: there is none, and the parent's recording
 * counts a lost child. One thread only: see visit_recording().
 */
bool ledger_create_for_child(struct ledger *ledger, const struct ledger_identity *identity);

#endif
