/* SPDX-License-Identifier: MIT */
#include "preload/ledger/script_table.h"

#include <stdbool.h>
#include <string.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/string_table.h"

#define PROBES 64u

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
	uint32_t file_place = string_intern(ledger, line->file),
		 function_place = string_intern(ledger, line->function);
	struct recorded_script script = {
		.line = line->line,
		.language = string_intern(ledger, line->language),
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
