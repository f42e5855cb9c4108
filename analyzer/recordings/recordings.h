/* SPDX-License-Identifier: MIT */
/* The recordings that the user named, read, with what became of each process and its relatives. */
#ifndef FINLEAK_RECORDINGS_H
#define FINLEAK_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_reader.h"

enum process_state {
	PROCESS_RUNNING, /* the recording has no end and is mapped by its process */
	PROCESS_EXITED,
	PROCESS_KILLED, /* no end, and nobody maps it */
	PROCESS_EXECED, /* another program took the process over */
};

/* One process image: what one recording tells about. */
struct process {
	struct recording *recording;
	enum process_state state;
	uint64_t end_ns; /* CLOCK_MONOTONIC; running: when we looked */
	bool end_known;  /* false: killed unseen, end_ns is a lower bound */
	/* Times, pids and cookies of different boots have nothing to do with one another. */
	unsigned int boot;

	const struct process *parent;      /* NULL: not among the recordings */
	const struct process *predecessor; /* the image that exec replaced by this one */
	const struct process *successor;
	size_t heirs_found;              /* forked children among the recordings */
	struct observation *observation; /* what the kernel showed of it; NULL: it was not asked */
};

struct recordings {
	struct process *list; /* by boot and time of start */
	size_t count;
	size_t unreadable; /* named or found, but could not be read: said on stderr */
	bool quiet;        /* not said */

	struct known_file *known; /* private, while they are read */
};

/*
 * Reads the COUNT files and folders (all *.finleak in each) in PATHS. For each that can't be read
 * one line goes to stderr and `unreadable` counts it. Names in EXCEPT (sorted file names of
 * EXCEPT_COUNT recordings in a folder, as recordings_names gives; NULL none) are passed over. End
 * with recordings_free.
 */
struct recordings *recordings_read(char *const *paths, size_t count, char **except,
				   size_t except_count);

/* ... again, without a word on what can't be read: that was said. */
struct recordings *recordings_read_again(char *const *paths, size_t count, char **except,
					 size_t except_count);
void recordings_free(struct recordings *recordings);

/*
 * The file names of the recordings in FOLDER, sorted, for EXCEPT above; NULL when there are none.
 * Ends with recordings_names_free.
 */
char **recordings_names(const char *folder, size_t *count);
void recordings_names_free(char **names, size_t count);

/* "running", "exited", "killed", "execed" */
const char *process_state_name(enum process_state state);

/* The nanoseconds from EARLIER to LATER, 0 where they are the other way round. */
static inline uint64_t nanoseconds_between(uint64_t earlier, uint64_t later)
{
	return later > earlier ? later - earlier : 0;
}

#endif
