/* SPDX-License-Identifier: MIT */
/*
 * One recording in memory: a snapshot of a file that may still be written. recording_reader.h
 * checks what is in it.
 */
#ifndef FINLEAK_RECORDING_SNAPSHOT_H
#define FINLEAK_RECORDING_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording/recording.h"

struct recording {
	char *path;
	bool is_stand_in;               /* of a process that made none: empty (stand_in.h) */
	struct recording_header header; /* strings are NUL-terminated here */
	uint64_t device, inode;         /* of the file, as in /proc/PID/maps */
	uint32_t user;                  /* who wrote it: its owner; not root where one of the files
					   that it refers to is not root's */

	uint64_t *descriptors; /* by number */
	size_t descriptor_count;
	struct recorded_socket *sockets; /* rows with LIFE_OPEN only are open; others are zeroed */
	size_t socket_count;
	struct recorded_total *totals; /* rows whose count is not 0 */
	size_t total_count;
	struct recorded_departure *departures; /* oldest first; complete ones */
	size_t departure_count;
	struct recorded_birth *births; /* by pid, whether a stack is known, and time */
	size_t birth_count;
	struct recorded_poller *pollers;           /* by number of the epoll descriptor */
	const struct recorded_poller *last_poller; /* who returned last; NULL: nobody has */
	size_t poller_count;

	/* Private: behind the functions below. NULL where only sockets were read. */
	struct interned *interned;
};

/*
 * Is a file missing that this recording refers to: its parent's, with the stacks from before the
 * fork?
 */
bool recording_lacks_parent(const struct recording *recording);

/* A line of an interpreted program. Strings live as long as the recording; never NULL. */
struct script_place {
	const char *language; /* as its runtime is called by the recorder; "" unknown */
	const char *file;
	const char *function;
	unsigned int line; /* 0 unknown */
};

/* NULL is allowed. */
void recording_free(struct recording *recording);

/* Calls TAKE with CONTEXT and the id of each stack that is in RECORDING's own file. */
void recording_each_stack(const struct recording *recording,
			  void (*take)(void *context, uint32_t id), void *context);

/*
 * The return addresses of stack ID, innermost first; *count frames. NULL with *count 0 if the id is
 * 0 or invalid. *seq gets the stack's module sequence. Valid as long as RECORDING.
 */
const uint64_t *recording_stack(const struct recording *recording, uint32_t id, size_t *count,
				uint32_t *seq);

/*
 * Charges stack ID, for whoever keeps a copy of each stack. False: all stacks charged so far have
 * more bytes than the file; such stacks overlap, which no recorder writes, and are not to be
 * copied.
 */
bool recording_charge_stack(const struct recording *recording, uint32_t id);

/* The module that covered ADDRESS when stack sequence SEQ was current, or NULL. */
const struct recorded_module *recording_module_at(const struct recording *recording,
						  uint64_t address, uint32_t seq);

/* The module's path, NUL-terminated; "" if it is invalid. Valid as long as RECORDING. */
const char *recording_module_path(const struct recording *recording,
				  const struct recorded_module *module);

/* A label of a row, as recorded; "" if there is none. Valid as long as RECORDING. */
const char *recording_label(const struct recording *recording, uint32_t label);

/*
 * Fills *place with the line of script that FRAME of a stack, of which recorded_is_script() is
 * true, refers to. False with an empty *place: it refers to nothing.
 */
bool recording_script(const struct recording *recording, uint64_t frame,
		      struct script_place *place);

#endif
