/* SPDX-License-Identifier: MIT */
#include "preload/ledger/string_table.h"

#include <stdbool.h>
#include <string.h>
#include "preload/ledger/ledger.h"

#define PROBES 64u

static uint64_t mix(uint64_t hash, uint64_t part)
{
	hash = (hash ^ part) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/* By words: each frame of a script's stack has a path in it. */
static uint32_t hash_text(const char *text)
{
	size_t left = strlen(text);
	uint64_t hash = left, part;

	for (; left >= sizeof(part); left -= sizeof(part), text += sizeof(part)) {
		memcpy(&part, text, sizeof(part));
		hash = mix(hash, part);
	}
	part = 0;
	memcpy(&part, text, left);
	return (uint32_t)mix(hash, part);
}

const char *string_at(const struct ledger *ledger, uint32_t place)
{
	return ledger_base(ledger, SECTION_STRINGS) + place;
}

static uint32_t append(struct ledger *ledger, const char *text)
{
	size_t size = strlen(text) + 1;
	uint64_t place;

	if (__atomic_add_fetch(&ledger->script_string_bytes, size, __ATOMIC_RELAXED) >
	    ledger_section(ledger, SECTION_STRINGS)->capacity / 2)
		goto full;
	place = ledger_append(ledger, SECTION_STRINGS, size);
	if (place == UINT64_MAX)
		goto full;
	memcpy(ledger_base(ledger, SECTION_STRINGS) + place, text, size);
	return (uint32_t)place + 1;
full:
	__atomic_fetch_sub(&ledger->script_string_bytes, size, __ATOMIC_RELAXED);
	return 0;
}

uint32_t string_intern(struct ledger *ledger, const char *text)
{
	uint32_t hash = hash_text(text), fresh = 0, i;

	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = ledger_slot(&ledger->strings, hash, i);
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		if (seen == 0) {
			if (fresh == 0)
				fresh = append(ledger, text);
			if (fresh == 0)
				return 0;
			if (__atomic_compare_exchange_n(slot, &seen, fresh, false, __ATOMIC_RELEASE,
							__ATOMIC_ACQUIRE))
				return fresh;
		}
		if (strcmp(string_at(ledger, seen - 1), text) == 0)
			return seen;
	}
	return 0;
}
