/* SPDX-License-Identifier: MIT */
/* Why a running process has no recording. */
#ifndef FINLEAK_UNRECORDED_REASON_H
#define FINLEAK_UNRECORDED_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Prints into REASON (SIZE bytes) why process PID is not recorded in FOLDER by LIBRARY, the path of
 * libfinleak.so: "it was started with an empty environment". Returns true if that is certain, false
 * if the recorder in it may just not have come so far.
 */
bool unrecorded_reason(char *reason, size_t size, pid_t pid, const char *folder,
		       const char *library);

/* Is there no room for one more recording in FOLDER? */
int folder_is_full(const char *folder);

#endif
