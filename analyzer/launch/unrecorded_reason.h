/* SPDX-License-Identifier: MIT */
/* Why a running process has no recording. */
#ifndef FINLEAK_UNRECORDED_REASON_H
#define FINLEAK_UNRECORDED_REASON_H

#include <stddef.h>
#include <sys/types.h>

/* How well the cause is known. */
enum unrecorded_cause {
	CAUSE_GUESSED, /* none was found: the recorder in it may just not have come so far */
	CAUSE_FOUND,   /* what keeps a recording from being made: but it may have come in time */
	CAUSE_CERTAIN, /* there is no recording, and none will come */
};

/*
 * Prints into REASON (SIZE bytes) why process PID is not recorded in FOLDER by LIBRARY, the path of
 * libfinleak.so, and what helps: "it was started with an empty environment (pass LD_PRELOAD on)".
 */
enum unrecorded_cause unrecorded_reason(char *reason, size_t size, pid_t pid, const char *folder,
					const char *library);

/* Is there no room for one more recording in FOLDER? */
int folder_is_full(const char *folder);

#endif
