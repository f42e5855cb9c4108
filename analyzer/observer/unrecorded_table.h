/* SPDX-License-Identifier: MIT */
/*
 * The kernel's table of open sockets, by inode: which are recorded, and which have owners that are
 * still unknown.
 */
#ifndef FINLEAK_UNRECORDED_TABLE_H
#define FINLEAK_UNRECORDED_TABLE_H

#include "analyzer/observer/observe_holders.h"
#include "analyzer/observer/recorded_cookies.h"

/* A socket in the table that is open somewhere. */
struct listed_socket {
	const struct kernel_socket *socket;
	bool recorded; /* by one of the processes */
	bool owned;    /* ... or open in one, though no recording has it */
};

struct unrecorded_table {
	struct recorded_cookies recorded;
	struct listed_socket *list; /* by inode */
	size_t count;
};

/* Of SAMPLE and the recordings of COUNT PROCESSES. End with unrecorded_table_clear. */
struct unrecorded_table unrecorded_table_of(const struct sample *sample,
					    const struct observed_process *processes, size_t count);
void unrecorded_table_clear(struct unrecorded_table *table);

/* The socket with INODE; NULL: it is in no table. */
struct listed_socket *unrecorded_table_find(const struct unrecorded_table *table, uint32_t inode);

/* What is kept from sample to sample; zeroed at first. End with unrecorded_memory_clear. */
struct unrecorded_memory {
	uint64_t *foreign; /* cookies, ascending: open in none of the processes */
	size_t foreign_count;
	uint64_t listed_ns, listing_took_ns; /* the last listing of descriptors */
};

void unrecorded_memory_clear(struct unrecorded_memory *memory);

/* At NOW_NS: is it worth listing descriptors, and is there time for it? */
bool unrecorded_listing_wanted(const struct unrecorded_memory *memory,
			       const struct unrecorded_table *table, uint64_t now_ns,
			       const struct observed_process *processes, size_t count);

/* After a listing at NOW_NS that took TOOK_NS of CPU time: what it found no owner of is foreign. */
void unrecorded_memory_take(struct unrecorded_memory *memory, const struct unrecorded_table *table,
			    uint64_t now_ns, uint64_t took_ns);

#endif
