/* SPDX-License-Identifier: MIT */
/*
 * All processes that descend from PROGRAM, as far as samples find them, and which of those that had
 * TCP sockets were not recorded. A process that lives between two samples goes unnoticed.
 */
#ifndef FINLEAK_FAMILY_H
#define FINLEAK_FAMILY_H

#include <sys/types.h>

#include "analyzer/launch/process_watch.h"
#include "analyzer/observer/observer.h"
#include "analyzer/recordings/unrecorded.h"

struct family;

/*
 * FOLDER: for recordings, and its run number RUN; LIBRARY: the path of libfinleak.so. End with
 * family_free.
 */
struct family *family_new(pid_t program, const char *folder, uint64_t run, const char *library);
void family_free(struct family *family);

/* Examines all that descend from PROGRAM now. WATCH knows of the recordings. */
void family_sample(struct family *family, const struct process_watch *watch);

/*
 * Did the last sample find a program that has no recording, began a short while ago and may open
 * sockets yet?
 */
bool family_is_fresh(const struct family *family);

/*
 * Those without a recording that had TCP sockets and were there at the last sample, for the
 * observer, *count of them; end with observed_programs_free.
 */
struct observed_program *family_running(const struct family *family, size_t *count);

/*
 * Those without a recording, *count of them; the caller frees them: for when nothing is awaited any
 * more. Also those known to WATCH that were found without sockets, marked so.
 */
struct unrecorded *family_unrecorded(const struct family *family, const struct process_watch *watch,
				     size_t *count);

#endif
