/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/unrecorded_table.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/sorted_rows.h"

/* Listing takes 2.5 to 3 us per descriptor: it gets at most this fraction of the time. */
#define LISTING_SHARE 20

/* What is in no table shows in a listing only. */
#define RELIST_NS (2 * NS_PER_S)

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static bool contains(const uint64_t *list, size_t count, uint64_t cookie)
{
	return count && bsearch(&cookie, list, count, sizeof(*list), by_number);
}

static int by_inode(const void *left, const void *right)
{
	const struct kernel_socket *a = ((const struct listed_socket *)left)->socket;
	const struct kernel_socket *b = ((const struct listed_socket *)right)->socket;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	/* MPTCP's subflows have the inode of the connection, which is what a process opens. */
	return b->multipath - a->multipath;
}

struct unrecorded_table unrecorded_table_of(const struct sample *sample,
					    const struct observed_process *processes, size_t count)
{
	struct unrecorded_table table = { .recorded = recorded_cookies_of(processes, count) };
	size_t i;

	for (i = 0; i < sample->sockets.count; i++) {
		const struct kernel_socket *socket = &sample->sockets.list[i];

		if (!socket->inode || socket->nameless)
			continue;
		*(struct listed_socket *)allocate_next(
			&table.list, table.count, sizeof(*table.list)) = (struct listed_socket){
			.socket = socket,
			.recorded = recorded_cookies_have(&table.recorded, socket->cookie),
		};
		table.count++;
	}
	if (table.count)
		qsort(table.list, table.count, sizeof(*table.list), by_inode);
	return table;
}

void unrecorded_table_clear(struct unrecorded_table *table)
{
	recorded_cookies_clear(&table->recorded);
	free(table->list);
}

static bool has_lower_inode(const void *row, const void *inode)
{
	return ((const struct listed_socket *)row)->socket->inode < *(const uint32_t *)inode;
}

struct listed_socket *unrecorded_table_find(const struct unrecorded_table *table, uint32_t inode)
{
	size_t place = rows_before(table->list, table->count, sizeof(*table->list), has_lower_inode,
				   &inode);

	if (place == table->count || table->list[place].socket->inode != inode)
		return NULL;
	return &table->list[place];
}

void unrecorded_memory_clear(struct unrecorded_memory *memory)
{
	free(memory->foreign);
	*memory = (struct unrecorded_memory){ 0 };
}

bool unrecorded_listing_wanted(const struct unrecorded_memory *memory,
			       const struct unrecorded_table *table, uint64_t now_ns,
			       const struct observed_process *processes, size_t count)
{
	uint64_t since_ns = now_ns - memory->listed_ns;
	size_t i;

	if (since_ns < LISTING_SHARE * memory->listing_took_ns)
		return false;
	for (i = 0; i < count; i++)
		if (!processes[i].previous)
			return true;
	for (i = 0; i < table->count; i++)
		if (!table->list[i].recorded && !contains(memory->foreign, memory->foreign_count,
							  table->list[i].socket->cookie))
			return true;
	return since_ns >= RELIST_NS;
}

void unrecorded_memory_take(struct unrecorded_memory *memory, const struct unrecorded_table *table,
			    uint64_t now_ns, uint64_t took_ns)
{
	size_t i;

	memory->foreign_count = 0;
	for (i = 0; i < table->count; i++) {
		if (table->list[i].recorded || table->list[i].owned)
			continue;
		*(uint64_t *)allocate_next(&memory->foreign, memory->foreign_count,
					   sizeof(uint64_t)) = table->list[i].socket->cookie;
		memory->foreign_count++;
	}
	if (memory->foreign_count)
		qsort(memory->foreign, memory->foreign_count, sizeof(*memory->foreign), by_number);
	memory->listed_ns = now_ns;
	memory->listing_took_ns = took_ns;
}
