/* SPDX-License-Identifier: MIT */
/*
 * The ledger: a recording that is mapped and written. A handle stands for it, and everything that a
 * table keeps outside the file is in the handle, so a process may write any number of ledgers, for
 * itself or for another process. recording.h describes the file; who writes which section: see the
 * tables.
 *
 * A store into a page that the file system has no room for would kill the program by SIGBUS, and in
 * a sparse file on tmpfs so would a load: nothing is touched before ledger_reserve() has granted it
 * for it (P4).
 *
 * All functions are signal-safe and for any thread unless they say otherwise. None takes a lock,
 * allocates from the heap, or calls anything of the recorder but the leaf headers of platform/.
 */
#ifndef FINLEAK_LEDGER_H
#define FINLEAK_LEDGER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/ledger/ledger_layout.h"
#include "preload/recording/recording.h"
#include "preload/recording/recording_maker.h"

#define LEDGER_CACHE_LINE 64

/*
 * A hash table of ids, open addressing, in private memory that is touched where it is used. Slot 0
 * is free. An entry is complete before its slot is won by compare-and-swap; who loses that race
 * leaves an entry behind that nothing refers to.
 */
struct ledger_index {
	uint32_t *slots; /* LEDGER_NEAR_SLOTS and SIZE of them */
	uint32_t size;   /* a power of two */
};

/*
 * The slot that an entry of HASH is searched for in the TRY-th time, from 0 on. The first is in the
 * first page of the table: a process with few entries touches no other. It is a forked child, as a
 * rule, and pays for each page that it is the first to store in.
 */
#define LEDGER_NEAR_SLOTS 1024u

static inline uint32_t *ledger_slot(const struct ledger_index *index, uint32_t hash, uint32_t try)
{
	if (try == 0)
		return &index->slots[(hash >> 16) & (LEDGER_NEAR_SLOTS - 1)];
	return &index->slots[LEDGER_NEAR_SLOTS + ((hash + try) & (index->size - 1))];
}

/* All slots of the table. */
static inline uint32_t ledger_slots(const struct ledger_index *index)
{
	return LEDGER_NEAR_SLOTS + index->size;
}

/* What a view is made of: see ledger_views.h. */
struct ledger_view {
	uint32_t first_grain; /* the bit for the section's first grain */
	uint32_t pieces;
	/* Where each begins, bytes: a front and a rest, or what each generation has interned. */
	uint64_t start[RECORDED_GENERATIONS_MAX + 1];
	char *anchor; /* the beginning of the rest, mapped: to make a longer view of; or NULL */
};

/* A mapping of a section from its start. Each is as long as twice the one before, at least. */
struct ledger_mapping {
	char *base; /* NULL: free, or not made yet */
	uint64_t size;
};

#define LEDGER_MAPPINGS_MAX 16u

struct ledger {
	/* The recording; NULL when there is none (yet). Published last. */
	struct recording_header *header;
	char *sections[SECTION_COUNT]; /* where each begins in memory: ledger_base() */

	const struct ledger_layout *layout;
	struct ledger_index stacks;   /* hash of the frames -> stack id */
	struct ledger_index totals;   /* hash of the triple -> row + 1 */
	struct ledger_index scripts;  /* hash -> row + 1 */
	struct ledger_index strings;  /* hash -> place + 1 */
	struct ledger_index unloaded; /* by module: its sequence number when it went; 0: loaded */
	uint64_t script_string_bytes; /* modules' paths need room too: scripts get half */
	uint32_t module_sequence;     /* one for each row and each unloading; 0: none yet */
	uint32_t label;               /* what the program is about: as in struct recorded_socket */
	uint64_t last_birth_ns;       /* of a child: it may hold what was open then */
	bool ring_may_hold;           /* io_uring may hold any socket */
	struct recording_header *parent; /* in a forked child without a recording: its parent's */
	struct ledger_view views[SECTION_COUNT];
	uint64_t mapped; /* bytes, all views and the indexes */
	bool maps_whole; /* as in struct ledger_identity */
	char file_name[RECORDED_FILE_NAME_MAX];

	/*
	 * Which grains of the file can be touched, a bit each: the largest layout (about 370 MiB)
	 * has 95,000. In private memory next to the totals' index, which a child begins again, too.
	 */
	uint64_t *reserved;
	uint32_t page_size;

	/*
	 * The free rows of SECTION_SOCKETS, a stack linked by next_free: row + 1 of the first, and
	 * in the upper half a tag that changes with every push. Every open and close of any thread
	 * writes it, so nothing else lies in its line.
	 */
	uint64_t free_rows __attribute__((aligned(LEDGER_CACHE_LINE)));
	char line[LEDGER_CACHE_LINE - sizeof(uint64_t)];

	/* What is hardly ever stored to: what is above lies in one page (LEDGER_HOT). */
	struct ledger_mapping mappings[SECTION_COUNT][LEDGER_MAPPINGS_MAX];
	char folder[PATH_MAX];
	char maker[RECORDING_MAKER_MAX]; /* as in struct ledger_home */
};

/* The alignment with which a forked child copies one page of a ledger only. */
#define LEDGER_HOT 4096

_Static_assert(offsetof(struct ledger, mappings) <= LEDGER_HOT, "the ledger's first page");

/*
 * From here on nothing but the header can be touched, or all where the file was allocated whole.
 * Nobody else uses LEDGER.
 */
void ledger_forget_reservations(struct ledger *ledger);

/* The bytes of section ID from FIRST up to END can be touched. */
void ledger_mark_reserved(struct ledger *ledger, enum recording_section_id id, uint64_t first,
			  uint64_t end);

/*
 * Makes sure that the first SIZE bytes of section ID are mapped (longer_view.c). False: there is
 * no address space, or the program limits it.
 */
bool ledger_views_reach(struct ledger *ledger, enum recording_section_id id, uint64_t size);

/*
 * Makes sure that records FIRST ... FIRST + COUNT - 1 of section ID can be touched. False: no such
 * records, or no room on the file system.
 */
bool ledger_reserve(struct ledger *ledger, enum recording_section_id id, uint64_t first,
		    uint64_t count);

/*
 * Takes COUNT new records at the end of section ID, reserved. Returns the first one's index, or
 * UINT64_MAX when the section is full or the file system is.
 */
uint64_t ledger_append(struct ledger *ledger, enum recording_section_id id, uint64_t count);

/*
 * Takes the next record of section ID, a ring: its oldest one once it is full. Returns the index,
 * or UINT64_MAX when the file system is full.
 */
uint64_t ledger_append_to_ring(struct ledger *ledger, enum recording_section_id id);

/* Raises the section's `used` to at least USED. */
void ledger_raise_used(struct ledger *ledger, enum recording_section_id id, uint64_t used);

/* Counts something that could not be recorded. LEDGER has a recording. */
void ledger_count_lost(struct ledger *ledger, enum recording_lost what);

/* TIME (ns) is that of the last event, kept to 1 ms. */
void ledger_touch(struct ledger *ledger, uint64_t time);

/*
 * In a record that is used again: *time (0: what it vouches for is not complete) becomes 0 ahead of
 * all stores that follow. A release store of 0 would not do: it orders what comes before it.
 */
static inline void ledger_begin_rewrite(uint64_t *time)
{
	__atomic_store_n(time, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline bool ledger_is_open(const struct ledger *ledger)
{
	return __atomic_load_n(&ledger->header, __ATOMIC_ACQUIRE) != NULL;
}

static inline struct recording_section *ledger_section(const struct ledger *ledger,
						       enum recording_section_id id)
{
	return &ledger->header->sections[id];
}

/* Records of section ID that may be in use. */
static inline uint64_t ledger_used(const struct ledger *ledger, enum recording_section_id id)
{
	return __atomic_load_n(&ledger->header->sections[id].used, __ATOMIC_ACQUIRE);
}

/*
 * Where section ID begins in memory, for a record that was learnt of before: it lies in the view
 * that is given then.
 */
static inline char *ledger_base(const struct ledger *ledger, enum recording_section_id id)
{
	return __atomic_load_n(&ledger->sections[id], __ATOMIC_ACQUIRE);
}

static inline bool ledger_grain_is_reserved(const struct ledger *ledger, uint64_t grain)
{
	return __atomic_load_n(&ledger->reserved[grain / 64], __ATOMIC_ACQUIRE) >> (grain % 64) & 1;
}

/* Can the byte AT of section ID be touched? Then it is mapped, too. */
static inline bool ledger_is_reserved(const struct ledger *ledger, enum recording_section_id id,
				      uint64_t at)
{
	return ledger_grain_is_reserved(ledger, ledger->views[id].first_grain + at / LEDGER_GRAIN);
}

#endif
