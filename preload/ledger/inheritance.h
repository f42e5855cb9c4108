/* SPDX-License-Identifier: MIT */
/*
 * What a forked child inherits: the open sockets and their descriptors. They are copied before the
 * fork, since a forking server closes an accepted socket right after it, and the child would find
 * the row gone.
 */
#ifndef FINLEAK_INHERITANCE_H
#define FINLEAK_INHERITANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/recording/recording.h"

struct ledger;

struct inherited_descriptor {
	int fd;
	uint32_t row; /* of the copied ones */
	uint32_t duplicate_stack;
	bool unverified; /* already in the parent */
};

/* Zeroed: nothing is inherited. */
struct inheritance {
	struct inherited_descriptor *descriptors; /* by number */
	uint32_t descriptor_count;
	struct recorded_socket *rows;
	uint32_t row_count;
	bool beside_threads; /* other threads may have closed, or replaced, some since */
	void *map;
	size_t map_size;
};

/*
 * Copies what LEDGER has open into *inheritance, for inheritance_drop(). BESIDE_THREADS: this is
 * not the process' only thread. Each row is of one moment. False: there is no memory, and nothing
 * is inherited. Signal-safe, any thread.
 */
bool inheritance_copy(struct ledger *ledger, bool beside_threads, struct inheritance *inheritance);

void inheritance_drop(struct inheritance *inheritance);

/* Fills the empty tables of a child's new recording. One thread only; signal-safe. */
void inheritance_give(struct ledger *ledger, const struct inheritance *inheritance);

#endif
