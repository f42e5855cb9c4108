/* SPDX-License-Identifier: MIT */
/*
 * What a recording has interned: stacks, modules, strings and lines of scripts. The recording of a
 * forked child refers to its parent's file for those from before the fork, that one to its own
 * parent's, and so on. A file is in memory once, for however many children.
 */
#ifndef FINLEAK_INTERNED_H
#define FINLEAK_INTERNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording/recording.h"

/* The records of one section that are in one file: FIRST ... END - 1. */
struct interned_section {
	uint8_t *records;
	uint64_t first, end;
	uint64_t inherited; /* those below are the parent's */
	size_t record_size;
};

struct interned_file {
	uint64_t device, inode;
};

struct interned {
	unsigned int references;
	struct module_index *modules; /* NULL: not asked for yet */
	uint64_t charged;             /* bytes of this file's stacks that were charged */
	struct interned_section sections[SECTION_COUNT]; /* of the four that are interned */
	struct interned *parent;   /* NULL: nothing is inherited, or the file is not there */
	bool lacks_parent;         /* somewhere in the chain */
	uint32_t user;             /* who wrote the files of the chain, if not root */
	struct interned_file file; /* by which children find it; zeros: they do not */
};

/* What INTERNED of this file children share from now on, and what they share: NULL, nothing yet. */
void interned_share(const struct interned_file *file, struct interned *interned);
struct interned *interned_known(const struct interned_file *file);

/* NULL is allowed. */
void interned_release(struct interned *interned);

/* COUNT records of section ID from INDEX on, which lie in one file; NULL: they do not exist. */
const void *interned_records(const struct interned *interned, enum recording_section_id id,
			     uint64_t index, uint64_t count);

/*
 * Charges SIZE bytes at INDEX of the stacks against the file that they are in. False: more was
 * charged than the file has, so that what was charged overlaps.
 */
bool interned_charge(struct interned *interned, uint64_t index, uint64_t size);

#endif
