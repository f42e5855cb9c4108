/* SPDX-License-Identifier: MIT */
/*
 * The mapped recording: creates the file, lays out its sections, reserves its pages before they
 * are touched. recording.h describes what is in it; who writes which section: see the tables.
 *
 * A store into a page that the file system has no room for would kill the program by SIGBUS, so
 * nothing is stored before ledger_reserve() has said yes for it (P4).
 */
#ifndef FINLEAK_LEDGER_H
#define FINLEAK_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/recording/recording.h"

struct ledger_identity {
	uint32_t origin; /* enum recording_origin */
	int32_t parent_pid;
	uint32_t birth_stack;
	uint32_t frames_limit;
	uint32_t options;
	const char *executable;
	const char *command; /* NUL-separated, command_size bytes */
	size_t command_size;
};

/* The header of this process's recording; NULL when there is none (yet). */
extern struct recording_header *ledger_header;

/*
 * Creates and maps the recording of a program that starts. FOLDER is absolute. False: nothing is
 * recorded. *Start-up only.*
 */
bool ledger_create(const char *folder, const struct ledger_identity *identity);

/*
 * In a forked child: the mapped recording is the parent's. From here on there is none, until
 * ledger_create_for_child(). Signal-safe.
 */
void ledger_leave_to_parent(void);

/*
 * In a forked child, after ledger_leave_to_parent(): puts a recording of its own in the place of
 * the parent's, at the same addresses. Stacks, scripts, modules and strings are taken over (their
 * ids stay valid), the other sections begin empty. False: there is none, and the parent's recording
 * counts a lost child. Signal-safe; one thread only.
 */
bool ledger_create_for_child(const struct ledger_identity *identity);

/*
 * Makes sure that records FIRST ... FIRST + COUNT - 1 of section ID can be stored to. False: no
 * such records, or no room on the file system. Signal-safe, any thread.
 */
bool ledger_reserve(enum recording_section_id id, uint64_t first, uint64_t count);

/* Record INDEX of section ID, reserved or not. */
void *ledger_record(enum recording_section_id id, uint64_t index);

/* Raises the section's `used` to at least USED. Signal-safe, any thread. */
void ledger_raise_used(enum recording_section_id id, uint64_t used);

/*
 * Takes COUNT new records at the end of section ID, reserved. Returns the first one's index, or
 * UINT64_MAX when the section is full or the file system is. Signal-safe, any thread.
 */
uint64_t ledger_append(enum recording_section_id id, uint64_t count);

static inline struct recording_section *ledger_section(enum recording_section_id id)
{
	return &ledger_header->sections[id];
}

/* Counts something that could not be recorded. Signal-safe, any thread. */
void ledger_count_lost(enum recording_lost what);

/* TIME (ns) is that of the last event, kept to 1 ms. Signal-safe, any thread. */
void ledger_touch(uint64_t time);

#endif
