/* SPDX-License-Identifier: MIT */
#include "analyzer/base/number_map.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

#define ROOM_MIN 16u

/*
 * Keys may come out of a hostile file, whose author does not know where the slots are: no set of
 * keys meets in one slot everywhere.
 */
static uint64_t mixed(const struct number_map *map, uint64_t key)
{
	key ^= (uintptr_t)map->slots;
	key = (key ^ key >> 32) * 0xff51afd7ed558ccdu;
	key = (key ^ key >> 32) * 0xc4ceb9fe1a85ec53u;
	return key ^ key >> 32;
}

/* KEY's slot, or the free one where it belongs. */
static struct number_slot *slot_of(const struct number_map *map, uint64_t key)
{
	size_t i = mixed(map, key) & (map->room - 1);

	while (map->slots[i].key && map->slots[i].key != key)
		i = (i + 1) & (map->room - 1);
	return &map->slots[i];
}

static void grow(struct number_map *map)
{
	struct number_map larger = { .room = map->room ? map->room * 2 : ROOM_MIN,
				     .count = map->count,
				     .of_zero = map->of_zero };
	size_t i;

	larger.slots = allocate_zeroed(larger.room, sizeof(*larger.slots));
	for (i = 0; i < map->room; i++)
		if (map->slots[i].key)
			*slot_of(&larger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = larger;
}

void number_map_clear(struct number_map *map)
{
	free(map->slots);
	*map = (struct number_map){ 0 };
}

void *number_map_find(const struct number_map *map, uint64_t key)
{
	if (key == 0)
		return map->of_zero;
	return map->room ? slot_of(map, key)->value : NULL;
}

void **number_map_at(struct number_map *map, uint64_t key)
{
	struct number_slot *slot = map->room && key ? slot_of(map, key) : NULL;

	if (key == 0)
		return &map->of_zero;
	if (slot && slot->key)
		return &slot->value;
	/* A quarter stays free at least. */
	if (map->count >= map->room / 4 * 3)
		grow(map);
	slot = slot_of(map, key);
	slot->key = key;
	map->count++;
	return &slot->value;
}
