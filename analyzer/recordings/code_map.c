/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/code_map.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_numbers.h"
#include "analyzer/recordings/code_name.h"

struct entry {
	uint64_t start, end;
	const char *name;
};

/* What entry NAME holds, taken apart when it was asked for. */
struct known_name {
	const char *name; /* the key */
	struct script_place place;
	char *function, *file;
	UT_hash_handle hh;
};

struct code_map {
	char *text;
	struct entry *entries; /* in the order of the lines */
	size_t count;
	/* Where entries begin and end, sorted; between two of these all addresses have one name. */
	uint64_t *bounds;
	size_t bound_count;
	uint32_t *entry_from; /* by bound: the entry + 1 that holds up to the next; 0 none */
	struct known_name *known;
};

/* The hex number at *TEXT, with or without 0x, and the blank behind it. False: it is none. */
static bool take_number(char **text, uint64_t *number)
{
	const char *digits = *text;
	int length = 0;

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		digits += 2;
	for (*number = 0; length < 17; length++) {
		char digit = digits[length];

		if (digit >= '0' && digit <= '9')
			*number = *number << 4 | (uint64_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			*number = *number << 4 | (uint64_t)((digit | 0x20) - 'a' + 10);
		else
			break;
	}
	if (length == 0 || length > 16 || digits[length] != ' ')
		return false;
	*text += digits + length + 1 - *text;
	return true;
}

/* LINE is NUL-terminated. */
static bool read_line(char *line, struct entry *entry)
{
	uint64_t size;

	if (!take_number(&line, &entry->start) || !take_number(&line, &size) || size == 0 ||
	    size > UINT64_MAX - entry->start || !line[0])
		return false;
	entry->end = entry->start + size;
	entry->name = line;
	return true;
}

static void read_lines(struct code_map *map, size_t size)
{
	char *line = map->text, *text_end = map->text + size, *end;
	struct entry entry;

	for (; line < text_end; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text_end - line));
		/* One that is still written has no end. */
		if (!end)
			return;
		*end = '\0';
		if (!read_line(line, &entry))
			continue;
		*(struct entry *)allocate_next(&map->entries, map->count, sizeof(entry)) = entry;
		map->count++;
	}
}

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void sort_bounds(struct code_map *map)
{
	size_t i, kept = 0;

	map->bounds = allocate_zeroed(2 * map->count, sizeof(*map->bounds));
	for (i = 0; i < map->count; i++) {
		map->bounds[2 * i] = map->entries[i].start;
		map->bounds[2 * i + 1] = map->entries[i].end;
	}
	qsort(map->bounds, 2 * map->count, sizeof(*map->bounds), by_number);
	for (i = 0; i < 2 * map->count; i++)
		if (kept == 0 || map->bounds[kept - 1] != map->bounds[i])
			map->bounds[kept++] = map->bounds[i];
	map->bound_count = kept;
}

/* The place of the last bound that is not above ADDRESS; SIZE_MAX: there is none. */
static size_t place_of(const struct code_map *map, uint64_t address)
{
	return sorted_numbers_until(map->bounds, map->bound_count, address) - 1;
}

/* The first place from PLACE on that no entry holds. NEXT leads past those that are held. */
static uint32_t first_free(uint32_t *next, uint32_t place)
{
	while (next[place] != place) {
		next[place] = next[next[place]];
		place = next[place];
	}
	return place;
}

/* The last entry takes what it covers, the one before it what is left, and so on. */
static void give_out(struct code_map *map)
{
	uint32_t *next = allocate_zeroed(map->bound_count + 1, sizeof(*next));
	size_t i;

	map->entry_from = allocate_zeroed(map->bound_count, sizeof(*map->entry_from));
	for (i = 0; i <= map->bound_count; i++)
		next[i] = (uint32_t)i;
	for (i = map->count; i-- > 0;) {
		uint32_t end = (uint32_t)place_of(map, map->entries[i].end);
		uint32_t place = first_free(next, (uint32_t)place_of(map, map->entries[i].start));

		for (; place < end; place = first_free(next, place)) {
			map->entry_from[place] = (uint32_t)i + 1;
			next[place] = place + 1;
		}
	}
	free(next);
}

struct code_map *code_map_new(char *text, size_t size)
{
	struct code_map *map = allocate_zeroed(1, sizeof(*map));

	map->text = text;
	read_lines(map, size);
	if (map->count == 0) {
		code_map_free(map);
		return NULL;
	}
	sort_bounds(map);
	give_out(map);
	return map;
}

void code_map_free(struct code_map *map)
{
	struct known_name *known, *next;

	if (!map)
		return;
	HASH_ITER(hh, map->known, known, next) {
		HASH_DEL(map->known, known);
		free(known->function);
		free(known->file);
		free(known);
	}
	free(map->entry_from);
	free(map->bounds);
	free(map->entries);
	free(map->text);
	free(map);
}

bool code_map_find(struct code_map *map, uint64_t address, struct script_place *place)
{
	size_t at = place_of(map, address);
	struct known_name *known;
	const char *name;

	if (at == SIZE_MAX || map->entry_from[at] == 0)
		return false;
	name = map->entries[map->entry_from[at] - 1].name;
	HASH_FIND_PTR(map->known, &name, known);
	if (!known) {
		known = allocate_zeroed(1, sizeof(*known));
		known->name = name;
		code_name_read(name, &known->place, &known->function, &known->file);
		HASH_ADD_PTR(map->known, name, known);
	}
	*place = known->place;
	return true;
}
