/* SPDX-License-Identifier: MIT */
/*
 * What `finleak run` knows of a run beyond the recordings, in the file run.json beside them: which
 * processes left no recording, and by which options it judged. A later report repeats it.
 */
#ifndef FINLEAK_RUN_RECORD_H
#define FINLEAK_RUN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recordings/unrecorded.h"

#define RUN_RECORD_NAME "run.json"

/* The options of the run that decide verdicts. */
struct run_options {
	uint64_t min_held_ns, late_ns, idle_ns;
	bool min_held_is_given;
	bool strict;
};

struct run_record {
	struct unrecorded *unrecorded;
	size_t unrecorded_count;
	bool has_options;
	struct run_options options;
	uint64_t runs; /* that have used the folder; 0 unknown */
	/* No process of their network namespace opened or accepted a TCP connection meanwhile. */
	bool no_connections;
};

/* Writes RECORD into FOLDER, in place of an earlier one. Returns 0 or an errno. */
int run_record_write(const struct run_record *record, const char *folder);

/*
 * Writes RECORD, of one run that has just begun or ended, into FOLDER, behind what EARLIER runs
 * (NULL none) left there; RECORD's own number of runs does not matter. Returns 0 or an errno.
 */
int run_record_add(const struct run_record *record, const struct run_record *earlier,
		   const char *folder);

/*
 * The record in FOLDER; NULL: there is none, or it is damaged: it is hostile input like the
 * recordings. End with run_record_free.
 */
struct run_record *run_record_read(const char *folder);

/* NULL is allowed. */
void run_record_free(struct run_record *record);

#endif
