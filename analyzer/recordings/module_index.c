/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/module_index.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_numbers.h"

/*
 * Threads that meet modules at once take their rows in one order and their sequence numbers in
 * another: a row beyond the limit has at most as many rows within it behind it as there are such
 * threads. More are not searched, so that a hostile file costs no more.
 */
#define ROWS_OUT_OF_ORDER 64

/*
 * A segment tree. The borders of all modules cut the addresses into pieces, which are the leaves;
 * node I has the children 2I and 2I+1. A module stands in the list of the few nodes that together
 * cover exactly its pieces, so the modules that cover an address are in the lists between a leaf
 * and the root. A module's rank is its place in the order in which modules were loaded.
 */
struct module_index {
	const struct recorded_module *modules;
	uint32_t *order;  /* by rank: the module's number */
	uint32_t *newest; /* by module: the greatest sequence of those up to it */
	size_t count;
	uint64_t *borders;
	size_t pieces;   /* between two borders each */
	uint32_t *lists; /* ranks, ascending in each list */
	uint32_t *first; /* by node: of its list in `lists`; the next node's is its end */
};

static int by_value(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static int by_load(const void *left, const void *right, void *modules)
{
	const uint32_t *a = left, *b = right;
	const struct recorded_module *one = (struct recorded_module *)modules + *a;
	const struct recorded_module *other = (struct recorded_module *)modules + *b;

	if (one->loaded_seq != other->loaded_seq)
		return one->loaded_seq > other->loaded_seq ? 1 : -1;
	return (*a > *b) - (*a < *b);
}

static uint32_t *newest_so_far(const struct recorded_module *modules, size_t count)
{
	uint32_t *newest = allocate_zeroed(count + 1, sizeof(*newest)), greatest = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (modules[i].loaded_seq > greatest)
			greatest = modules[i].loaded_seq;
		newest[i] = greatest;
	}
	return newest;
}

static uint32_t *order_of_load(const struct recorded_module *modules, size_t count)
{
	uint32_t *order = allocate_zeroed(count + 1, sizeof(*order));
	size_t i;

	for (i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, count, sizeof(*order), by_load, (void *)(uintptr_t)modules);
	return order;
}

static void find_borders(struct module_index *index, size_t count)
{
	size_t borders = 0, kept = 0, i;

	index->borders = allocate_zeroed(2 * count + 1, sizeof(*index->borders));
	for (i = 0; i < count; i++) {
		if (index->modules[i].start >= index->modules[i].end)
			continue;
		index->borders[borders++] = index->modules[i].start;
		index->borders[borders++] = index->modules[i].end;
	}
	qsort(index->borders, borders, sizeof(*index->borders), by_value);
	for (i = 0; i < borders; i++)
		if (kept == 0 || index->borders[kept - 1] != index->borders[i])
			index->borders[kept++] = index->borders[i];
	index->pieces = kept ? kept - 1 : 0;
}

/* The number of the last border at or below ADDRESS, plus 1; 0: none is. */
static size_t borders_to(const struct module_index *index, uint64_t address)
{
	return sorted_numbers_until(index->borders, index->pieces ? index->pieces + 1 : 0, address);
}

/*
 * Visits the nodes whose lists the module of RANK is in. PLACES[node] is counted up; with LISTS it
 * it first stores where the rank goes.
 */
static void enter(const struct module_index *index, uint32_t rank, uint32_t *places,
		  uint32_t *lists)
{
	const struct recorded_module *entered = &index->modules[index->order[rank]];
	size_t low, high;

	if (entered->start >= entered->end)
		return;
	low = borders_to(index, entered->start) - 1 + index->pieces;
	high = borders_to(index, entered->end) - 1 + index->pieces;
	for (; low < high; low /= 2, high /= 2) {
		if (low & 1) {
			if (lists)
				lists[places[low]] = rank;
			places[low++]++;
		}
		if (high & 1) {
			high--;
			if (lists)
				lists[places[high]] = rank;
			places[high]++;
		}
	}
}

struct module_index *module_index_new(const struct recorded_module *modules, size_t count)
{
	struct module_index *index = allocate_zeroed(1, sizeof(*index));
	uint32_t *places, total = 0;
	size_t nodes, i;

	index->modules = modules;
	index->count = count;
	index->order = order_of_load(modules, count);
	index->newest = newest_so_far(modules, count);
	find_borders(index, count);
	nodes = 2 * index->pieces;
	index->first = allocate_zeroed(nodes + 1, sizeof(*index->first));
	places = allocate_zeroed(nodes + 1, sizeof(*places));
	for (i = 0; i < count; i++)
		enter(index, (uint32_t)i, places, NULL);
	for (i = 0; i < nodes; i++) {
		index->first[i] = total;
		total += places[i];
		places[i] = index->first[i];
	}
	index->first[nodes] = total;
	index->lists = allocate_zeroed(total, sizeof(*index->lists));
	for (i = 0; i < count; i++)
		enter(index, (uint32_t)i, places, index->lists);
	free(places);
	return index;
}

void module_index_free(struct module_index *index)
{
	if (!index)
		return;
	free(index->order);
	free(index->newest);
	free(index->borders);
	free(index->lists);
	free(index->first);
	free(index);
}

/* The last rank in NODE's list that is allowed, plus 1; 0: none is. */
static uint64_t last_in(const struct module_index *index, size_t node, uint32_t seq, uint64_t limit)
{
	uint32_t low = index->first[node], high = index->first[node + 1], tries;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (index->modules[index->order[index->lists[middle]]].loaded_seq <= seq)
			low = middle + 1;
		else
			high = middle;
	}
	for (tries = 0; low > index->first[node] && tries < ROWS_OUT_OF_ORDER; low--, tries++)
		if (index->order[index->lists[low - 1]] < limit)
			return (uint64_t)index->lists[low - 1] + 1;
	return 0;
}

const struct recorded_module *module_index_find(const struct module_index *index, uint64_t address,
						uint32_t seq, uint64_t limit)
{
	size_t piece = borders_to(index, address), node;
	uint64_t best = 0;

	if (piece == 0 || piece > index->pieces || limit == 0)
		return NULL;
	/* Nearly all rows beyond the limit are newer than all within it. */
	if (limit <= index->count && index->newest[limit - 1] < seq)
		seq = index->newest[limit - 1];
	for (node = piece - 1 + index->pieces; node > 0; node /= 2) {
		uint64_t last = last_in(index, node, seq, limit);

		if (last > best)
			best = last;
	}
	return best ? &index->modules[index->order[best - 1]] : NULL;
}
