/* SPDX-License-Identifier: MIT */
/*
 * A map from numbers, addresses among them, to pointers, for what is looked up several times for
 * each of a million sockets. It takes 32 bytes for a key at most, in one block, and a look-up reads
 * one line of it; an entry of uthash takes 80, and a look-up reads several.
 */
#ifndef FINLEAK_NUMBER_MAP_H
#define FINLEAK_NUMBER_MAP_H

#include <stddef.h>
#include <stdint.h>

struct number_slot {
	uint64_t key; /* 0: free */
	void *value;
};

/* Zeroed: an empty one. End with number_map_clear(). */
struct number_map {
	struct number_slot *slots;
	size_t room; /* a power of two, or 0 */
	size_t count;
	void *of_zero; /* what 0 maps to */
};

void number_map_clear(struct number_map *map);

/* What KEY maps to; NULL: nothing. */
void *number_map_find(const struct number_map *map, uint64_t key);

/* Where the pointer is that KEY maps to: NULL at first. It stays there until the next call. */
void **number_map_at(struct number_map *map, uint64_t key);

#endif
