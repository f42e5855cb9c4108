/* SPDX-License-Identifier: MIT */
/* Recordings that are judged together, and what is known of processes that left none. */
#ifndef FINLEAK_RECORDING_SET_H
#define FINLEAK_RECORDING_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recordings/process.h"
#include "analyzer/recordings/run_record.h"

struct recordings {
	struct process *list; /* by boot and time of start */
	size_t count;
	size_t unreadable; /* named or found, but could not be read: reported on stderr */
	bool quiet;        /* ... or not */
	bool subfolders;   /* of the folders that were named were read, too */
	struct unrecorded *unrecorded; /* processes that left none, as far as is known */
	size_t unrecorded_count;

	bool connected; /* a process may have had a TCP connection, recorded or not */

	/* What the runs that wrote them judged by, as far as that is stored: the first one. */
	bool has_options, options_differ;
	struct run_options options;

	struct known_file *known; /* private, while they are read */
};

/* Adds the process of RECORDING, with OBSERVATION (NULL: none); both are RECORDINGS' from now on.
 */
void recordings_add(struct recordings *recordings, struct recording *recording,
		    struct observation *observation);

/* Adds COUNT processes that left no recording, those of a pid that is known already left out. */
void recordings_add_unrecorded(struct recordings *recordings, const struct unrecorded *unrecorded,
			       size_t count);

/* What is known of process PID without a recording; NULL nothing. */
const struct unrecorded *recordings_find_unrecorded(const struct recordings *recordings, int pid);

/* NULL is allowed. */
void recordings_free(struct recordings *recordings);

#endif
