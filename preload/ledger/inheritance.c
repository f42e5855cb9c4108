/* SPDX-License-Identifier: MIT */
#include "preload/ledger/inheritance.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/socket_table.h"

/* Sockets that other threads may open between the count and the copy. */
#define SLACK 32u

static uint32_t count_descriptors(const struct ledger *ledger)
{
	uint32_t count = 0;
	int fd;

	for (fd = descriptor_next(ledger, 0); fd >= 0; fd = descriptor_next(ledger, fd + 1))
		count++;
	return count;
}

#define ROW_WORDS (sizeof(struct recorded_socket) / sizeof(uint64_t))
/* The times lie ahead of what they vouch for. */
#define TIME_WORDS  (offsetof(struct recorded_socket, opened_stack) / sizeof(uint64_t))
#define LATER_TIMES (offsetof(struct recorded_socket, touched_ns) / sizeof(uint64_t))
#define LATER_WORDS (offsetof(struct recorded_socket, read_stack) / sizeof(uint64_t))

_Static_assert(sizeof(struct recorded_socket) % sizeof(uint64_t) == 0, "rows are copied by words");

/*
 * Copies FROM, an open row, as it was at one moment; false where another socket took it meanwhile.
 * This is the read side of a seqlock whose sequence is the generation: it may well read what is
 * being written, and drops it. Such reads are what it is for, so TSan is not to watch them (clang's
 * would watch atomic ones even so; words are read whole).
 */
static bool __attribute__((no_sanitize("thread")))
copy_row(const struct recorded_socket *from, struct recorded_socket *to)
{
	const volatile uint64_t *source = (const volatile uint64_t *)(const void *)from;
	uint64_t *target = (uint64_t *)(void *)to;
	uint32_t life = __atomic_load_n(&from->life, __ATOMIC_ACQUIRE), after;
	size_t i;

	if (!(life & LIFE_OPEN))
		return false;
	for (i = 0; i < TIME_WORDS; i++)
		target[i] = source[i];
	for (i = LATER_TIMES; i < LATER_WORDS; i++)
		target[i] = source[i];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	for (i = TIME_WORDS; i < LATER_TIMES; i++)
		target[i] = source[i];
	for (i = LATER_WORDS; i < ROW_WORDS; i++)
		target[i] = source[i];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	after = __atomic_load_n(&from->life, __ATOMIC_RELAXED);
	return (after & LIFE_OPEN) && (after ^ life) < LIFE_GENERATION;
}

/* The copy of row INDEX, made now or for an earlier duplicate. NO_ROW: it is gone. */
static uint32_t copied_row(const struct ledger *ledger, struct inheritance *inheritance,
			   uint32_t *copies, uint32_t index)
{
	struct recorded_socket *to = &inheritance->rows[inheritance->row_count];
	uint32_t before = copies[index];

	if (!copy_row(socket_row(ledger, index), to))
		return NO_ROW;
	if (before && inheritance->rows[before - 1].cookie == to->cookie)
		return before - 1;
	copies[index] = ++inheritance->row_count;
	return inheritance->row_count - 1;
}

bool inheritance_copy(struct ledger *ledger, bool beside_threads, struct inheritance *inheritance)
{
	uint64_t rows = ledger_used(ledger, SECTION_SOCKETS);
	uint32_t limit = count_descriptors(ledger) + SLACK, *copies;
	char *map;
	int fd;

	*inheritance = (struct inheritance){ .beside_threads = beside_threads };
	inheritance->map_size =
		limit * (sizeof(struct recorded_socket) + sizeof(struct inherited_descriptor)) +
		rows * sizeof(*copies);
	map = mmap(NULL, inheritance->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	if (map == MAP_FAILED)
		return false;
	inheritance->map = map;
	inheritance->rows = (struct recorded_socket *)(void *)map;
	inheritance->descriptors =
		(struct inherited_descriptor *)(void *)(inheritance->rows + limit);
	copies = (uint32_t *)(void *)(inheritance->descriptors + limit);
	for (fd = descriptor_next(ledger, 0); fd >= 0; fd = descriptor_next(ledger, fd + 1)) {
		struct descriptor_entry entry = descriptor_get(ledger, fd);
		uint32_t row = NO_ROW;

		if (inheritance->descriptor_count == limit)
			break;
		if (entry.row < rows)
			row = copied_row(ledger, inheritance, copies, entry.row);
		/* Still its own: else the row may have been another's when it was copied. */
		if (row == NO_ROW || descriptor_get(ledger, fd).row != entry.row)
			continue;
		inheritance->descriptors[inheritance->descriptor_count++] =
			(struct inherited_descriptor){ .fd = fd,
						       .row = row,
						       .duplicate_stack = entry.duplicate_stack,
						       .unverified = entry.unverified };
	}
	return true;
}

void inheritance_drop(struct inheritance *inheritance)
{
	if (inheritance->map)
		munmap(inheritance->map, inheritance->map_size);
	*inheritance = (struct inheritance){ .map = NULL };
}

static void give_descriptor(struct ledger *ledger, const struct inheritance *inheritance,
			    const struct inherited_descriptor *inherited)
{
	struct recorded_socket *row = socket_row(ledger, inherited->row);
	struct descriptor_entry replaced, entry = {
		.row = inherited->row,
		.duplicate_stack = inherited->duplicate_stack,
		.unverified = inherited->unverified || inheritance->beside_threads,
	};

	if (!descriptor_put(ledger, inherited->fd, entry, &replaced))
		return;
	row->descriptors++;
	row->references++;
}

void inheritance_give(struct ledger *ledger, const struct inheritance *inheritance)
{
	uint32_t i;

	if (inheritance->row_count == 0)
		return;
	if (ledger_append(ledger, SECTION_SOCKETS, inheritance->row_count) != 0) {
		ledger_count_lost(ledger, LOST_SOCKETS);
		return;
	}
	for (i = 0; i < inheritance->row_count; i++) {
		struct recorded_socket *row = socket_row(ledger, i);

		memcpy(row, &inheritance->rows[i], sizeof(*row));
		row->source = SOURCE_FORK;
		row->life &= ~(uint32_t)(LIFE_LOST | LIFE_UNDONE | LIFE_EXEC_CLOSES);
		row->descriptors = 0;
		row->references = 0;
	}
	for (i = 0; i < inheritance->descriptor_count; i++)
		give_descriptor(ledger, inheritance, &inheritance->descriptors[i]);
	for (i = 0; i < inheritance->row_count; i++) {
		if (socket_row(ledger, i)->references == 0) {
			socket_rows_give_back(ledger, i);
			continue;
		}
		ledger->header->opened++;
		ledger->header->open_now++;
	}
}
