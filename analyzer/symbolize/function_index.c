/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/function_index.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"
#include "analyzer/symbolize/dwarf_abbrevs.h"
#include "analyzer/symbolize/dwarf_entries.h"

/* Limits for damaged files; the largest real units reach a tenth of them. */
#define DEPTH_MAX  256u
#define SCOPES_MAX (4u << 20)
#define RANGES_MAX (4u << 20)
#define CALLS_MAX  (4u << 20)

/* Overlapping functions are damage, or equal ones that the linker has folded into one. */
#define OVERLAPS_CHECKED 16u

#define NONE UINT32_MAX

/* A block or inlined function. In the order of the file: what is in it follows it. */
struct scope {
	Dwarf_Addr start, end; /* has_ranges: one range around all; 0, 0: not read yet */
	Dwarf_Off offset;
	uint32_t next; /* the first scope that is not in it */
	bool inlined;
	bool has_ranges;
};

/* A call, in the order of the file. */
struct call {
	Dwarf_Addr pc; /* where it is or returns to; 0: libdw has to be asked */
	Dwarf_Off offset;
	uint32_t function;
	bool tail;
};

struct function {
	Dwarf_Off offset;
	uint32_t first_scope, end_scope;
	uint32_t first_call, end_call; /* those of functions in it are between them */
};

struct function_range {
	Dwarf_Addr start, end;
	uint32_t function;
};

struct function_index {
	Dwarf *dwarf;
	struct function_range *ranges; /* by start */
	size_t range_count;
	struct function *functions;
	size_t function_count;
	struct scope *scopes;
	size_t scope_count;
	struct call *calls;
	size_t call_count;
};

/* What is open at each depth of the tree while it is walked. */
struct open_entry {
	unsigned int depth;
	uint32_t function, scope; /* NONE: it is none */
};

struct walk {
	struct function_index *index;
	struct open_entry open[DEPTH_MAX];
	size_t open_count;
};

static void add_range(struct function_index *index, Dwarf_Addr start, Dwarf_Addr end,
		      uint32_t function)
{
	if (start >= end || index->range_count == RANGES_MAX)
		return;
	*(struct function_range *)allocate_next(&index->ranges, index->range_count,
						sizeof(*index->ranges)) =
		(struct function_range){ start, end, function };
	index->range_count++;
}

static void add_function(struct walk *walk, const struct dwarf_entry *entry)
{
	struct function_index *index = walk->index;
	uint32_t function = (uint32_t)index->function_count;
	Dwarf_Addr base, start, end;
	ptrdiff_t more = 0;
	Dwarf_Die die;

	*(struct function *)allocate_next(&index->functions, index->function_count,
					  sizeof(*index->functions)) = (struct function){
		.offset = entry->offset,
		.first_scope = (uint32_t)index->scope_count,
		.end_scope = (uint32_t)index->scope_count,
		.first_call = (uint32_t)index->call_count,
		.end_call = (uint32_t)index->call_count,
	};
	index->function_count++;
	walk->open[walk->open_count - 1].function = function;
	if (entry->code == ENTRY_RANGE)
		add_range(index, entry->start, entry->end, function);
	else if (dwarf_offdie(index->dwarf, entry->offset, &die))
		while (index->range_count < RANGES_MAX &&
		       (more = dwarf_ranges(&die, more, &base, &start, &end)) > 0)
			add_range(index, start, end, function);
}

static void add_scope(struct walk *walk, const struct dwarf_entry *entry)
{
	struct function_index *index = walk->index;
	struct scope *scope = allocate_next(&index->scopes, index->scope_count, sizeof(*scope));

	scope->start = entry->start;
	scope->end = entry->end;
	scope->offset = entry->offset;
	scope->inlined = entry->tag == DW_TAG_inlined_subroutine;
	scope->has_ranges = entry->code == ENTRY_ELSEWHERE;
	if (scope->has_ranges)
		scope->start = scope->end = 0;
	walk->open[walk->open_count - 1].scope = (uint32_t)index->scope_count++;
}

static void close_function(struct function_index *index, uint32_t function)
{
	index->functions[function].end_scope = (uint32_t)index->scope_count;
	index->functions[function].end_call = (uint32_t)index->call_count;
}

static void close_deeper(struct walk *walk, unsigned int depth)
{
	struct function_index *index = walk->index;

	while (walk->open_count && walk->open[walk->open_count - 1].depth >= depth) {
		const struct open_entry *open = &walk->open[--walk->open_count];

		if (open->function != NONE)
			close_function(index, open->function);
		if (open->scope != NONE)
			index->scopes[open->scope].next = (uint32_t)index->scope_count;
	}
}

/* The innermost open function; NONE: there is none. */
static uint32_t function_around(const struct walk *walk)
{
	size_t i;

	for (i = walk->open_count; i > 0; i--)
		if (walk->open[i - 1].function != NONE)
			return walk->open[i - 1].function;
	return NONE;
}

static void add_call(struct walk *walk, const struct dwarf_entry *entry)
{
	struct function_index *index = walk->index;
	uint32_t function = function_around(walk);

	if (function == NONE || index->call_count == CALLS_MAX)
		return;
	*(struct call *)allocate_next(&index->calls, index->call_count, sizeof(*index->calls)) =
		(struct call){
			.pc = entry->code == ENTRY_RANGE ? entry->start : 0,
			.offset = entry->offset,
			.function = function,
			.tail = entry->tail,
		};
	index->call_count++;
}

static void take_entry(struct walk *walk, const struct dwarf_entry *entry)
{
	static const struct dwarf_entry nowhere = { .code = ENTRY_RANGE };
	struct function_index *index = walk->index;
	bool in_function;

	close_deeper(walk, entry->depth);
	if (dwarf_is_call(entry->tag)) {
		add_call(walk, entry);
		return;
	}
	if (entry->code == ENTRY_NO_CODE || walk->open_count == DEPTH_MAX ||
	    index->scope_count >= SCOPES_MAX)
		return;
	in_function = function_around(walk) != NONE;
	if (entry->tag != DW_TAG_subprogram && !in_function)
		return;
	walk->open[walk->open_count++] =
		(struct open_entry){ .depth = entry->depth, .function = NONE, .scope = NONE };
	if (entry->tag != DW_TAG_subprogram) {
		add_scope(walk, entry);
		return;
	}
	/* A nested function (a method of a local class) is no part of the outer one's code. */
	if (in_function)
		add_scope(walk, &nowhere);
	add_function(walk, entry);
}

/* Of equal starts the first in the file sorts last, so that it is found first. */
static int by_start(const void *left, const void *right)
{
	const struct function_range *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->function > b->function ? -1 : a->function < b->function ? 1 : 0;
}

struct function_index *function_index_new(Dwarf_Die *unit)
{
	struct function_index *index = allocate_zeroed(1, sizeof(*index));
	struct dwarf_entries *entries = dwarf_entries_new(unit);
	struct walk walk = { .index = index };
	struct dwarf_entry entry;

	index->dwarf = dwarf_cu_getdwarf(unit->cu);
	if (!entries)
		return index;
	while (dwarf_entries_next(entries, &entry))
		take_entry(&walk, &entry);
	close_deeper(&walk, 0);
	dwarf_entries_free(entries);
	if (index->range_count)
		qsort(index->ranges, index->range_count, sizeof(*index->ranges), by_start);
	return index;
}

void function_index_free(struct function_index *index)
{
	if (!index)
		return;
	free(index->ranges);
	free(index->functions);
	free(index->scopes);
	free(index->calls);
	free(index);
}

static bool begins_until(const void *row, const void *pc)
{
	return ((const struct function_range *)row)->start <= *(const Dwarf_Addr *)pc;
}

static const struct function *function_at(const struct function_index *index, Dwarf_Addr pc)
{
	size_t count = rows_before(index->ranges, index->range_count, sizeof(*index->ranges),
				   begins_until, &pc);
	size_t i;

	for (i = count; i > 0 && count - i < OVERLAPS_CHECKED; i--)
		if (pc < index->ranges[i - 1].end)
			return &index->functions[index->ranges[i - 1].function];
	return NULL;
}

/* Finds one range around all of the scope's ranges, so that libdw is asked less often. */
static void find_hull(struct function_index *index, struct scope *scope)
{
	Dwarf_Addr base, start, end;
	size_t visited = 0;
	ptrdiff_t more = 0;
	Dwarf_Die die;

	scope->start = 1;
	scope->end = 1;
	if (!dwarf_offdie(index->dwarf, scope->offset, &die))
		return;
	while (visited++ < RANGES_MAX &&
	       (more = dwarf_ranges(&die, more, &base, &start, &end)) > 0) {
		if (start >= end)
			continue;
		if (scope->end == 1 || start < scope->start)
			scope->start = start;
		if (end > scope->end)
			scope->end = end;
	}
}

static bool covers(struct function_index *index, struct scope *scope, Dwarf_Addr pc)
{
	Dwarf_Die die;

	if (scope->has_ranges && scope->end == 0)
		find_hull(index, scope);
	if (pc < scope->start || pc >= scope->end)
		return false;
	return !scope->has_ranges ||
	       (dwarf_offdie(index->dwarf, scope->offset, &die) && dwarf_haspc(&die, pc) > 0);
}

size_t function_index_find(struct function_index *index, Dwarf_Addr pc, Dwarf_Die *chain,
			   size_t max)
{
	const struct function *function = function_at(index, pc);
	size_t count = 0;
	uint32_t i, end;

	if (!function || max == 0 || !dwarf_offdie(index->dwarf, function->offset, &chain[count++]))
		return 0;
	end = function->end_scope;
	for (i = function->first_scope; i < end && count < max;) {
		struct scope *scope = &index->scopes[i];

		if (!covers(index, scope, pc)) {
			i = scope->next;
			continue;
		}
		if (scope->inlined && dwarf_offdie(index->dwarf, scope->offset, &chain[count]))
			count++;
		/* Descend: its first inner scope is the next element. */
		end = scope->next;
		i++;
	}
	return count;
}

/* Where CALL is or returns to; 0: unknown. */
static Dwarf_Addr pc_of(struct function_index *index, struct call *call)
{
	static const unsigned int names[] = { DW_AT_call_return_pc, DW_AT_call_pc, DW_AT_low_pc };
	Dwarf_Attribute attribute;
	Dwarf_Die die;
	size_t i;

	if (call->pc || !dwarf_offdie(index->dwarf, call->offset, &die))
		return call->pc;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (dwarf_formaddr(dwarf_attr(&die, names[i], &attribute), &call->pc) == 0)
			break;
	return call->pc;
}

bool function_index_call(struct function_index *index, Dwarf_Addr pc, Dwarf_Die *call)
{
	const struct function *function = function_at(index, pc - 1);
	uint32_t i;

	for (i = function ? function->first_call : 0; function && i < function->end_call; i++)
		if (!index->calls[i].tail && pc_of(index, &index->calls[i]) == pc)
			return dwarf_offdie(index->dwarf, index->calls[i].offset, call);
	return false;
}

size_t function_index_tail_calls(struct function_index *index, Dwarf_Addr pc,
				 struct tail_call_entry *list, size_t max)
{
	const struct function *function = function_at(index, pc);
	uint32_t number = function ? (uint32_t)(function - index->functions) : NONE, i;
	size_t count = 0;

	for (i = function ? function->first_call : 0; function && i < function->end_call; i++) {
		struct call *call = &index->calls[i];

		if (count == max || !call->tail || call->function != number ||
		    !dwarf_offdie(index->dwarf, call->offset, &list[count].die))
			continue;
		list[count].pc = pc_of(index, call);
		count++;
	}
	return count;
}
