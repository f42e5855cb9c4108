/* SPDX-License-Identifier: MIT */
#include "preload/ledger/script_table.h"

#include <stdbool.h>
#include <string.h>
#include "preload/ledger/ledger.h"

#define PROBES 64u

static uint32_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ull;
	return (uint32_t)(hash ^ hash >> 32);
}

const char *script_string(const struct ledger *ledger, uint32_t place)
{
	return ledger_base(ledger, SECTION_STRINGS) + place;
}

static uint32_t append_string(struct ledger *ledger, const char *text)
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

/* Returns the string's place + 1, or 0. */
static uint32_t intern_string(struct ledger *ledger, const char *text)
{
	uint32_t hash = hash_text(text), fresh = 0, i;

	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = ledger_slot(&ledger->strings, hash, i);
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		if (seen == 0) {
			if (fresh == 0)
				fresh = append_string(ledger, text);
			if (fresh == 0)
				return 0;
			if (__atomic_compare_exchange_n(slot, &seen, fresh, false, __ATOMIC_RELEASE,
							__ATOMIC_ACQUIRE))
				return fresh;
		}
		if (strcmp(script_string(ledger, seen - 1), text) == 0)
			return seen;
	}
	return 0;
}

const struct recorded_script *script_at(const struct ledger *ledger, uint32_t row)
{
	return (const struct recorded_script *)(const void *)ledger_base(ledger, SECTION_SCRIPTS) +
	       row;
}

static uint32_t append_row(struct ledger *ledger, const struct recorded_script *script)
{
	uint64_t index = ledger_append(ledger, SECTION_SCRIPTS, 1);

	if (index == UINT64_MAX)
		return 0;
	memcpy(ledger_base(ledger, SECTION_SCRIPTS) + index * sizeof(*script), script,
	       sizeof(*script));
	return (uint32_t)index + 1;
}

static bool same_script(const struct recorded_script *a, const struct recorded_script *b)
{
	return a->file == b->file && a->function == b->function && a->line == b->line &&
	       a->language == b->language;
}

uint32_t script_row(struct ledger *ledger, const struct script_line *line)
{
	uint32_t file_place = intern_string(ledger, line->file),
		 function_place = intern_string(ledger, line->function);
	struct recorded_script script = {
		.line = line->line,
		.language = intern_string(ledger, line->language),
	};
	uint32_t hash, fresh = 0, i;

	if (file_place == 0 || function_place == 0 || script.language == 0)
		return NO_SCRIPT;
	script.file = file_place - 1;
	script.function = function_place - 1;
	hash = (script.file * 0x9e3779b9u ^ script.function) * 0x85ebca6bu ^
	       script.line * 0xc2b2ae35u;
	hash ^= hash >> 15;
	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = ledger_slot(&ledger->scripts, hash, i);
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		if (seen == 0) {
			if (fresh == 0)
				fresh = append_row(ledger, &script);
			if (fresh == 0)
				return NO_SCRIPT;
			if (__atomic_compare_exchange_n(slot, &seen, fresh, false, __ATOMIC_RELEASE,
							__ATOMIC_ACQUIRE))
				return fresh - 1;
		}
		if (same_script(script_at(ledger, seen - 1), &script))
			return seen - 1;
	}
	return NO_SCRIPT;
}
