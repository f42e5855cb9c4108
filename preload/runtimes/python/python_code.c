/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_code.h"

#include <stddef.h>
#include <string.h>
#include "preload/runtimes/cache_slot.h"
#include "preload/runtimes/python/python_lines.h"
#include "preload/runtimes/python/python_memory.h"
#include "preload/runtimes/python/python_text.h"
#include "preload/ledger/script_table.h"
#include "preload/ledger/string_table.h"

#define FILE_ROOM     1024
#define FUNCTION_ROOM 256

/* The line table's part that a line was read from is compared by a hash of its end. */
#define HASHED_MAX 512u

/* What a code object holds, as found in the process. */
struct code {
	const void *object;
	const void *file, *function;
	const uint8_t *lines;
	size_t lines_size;
	int32_t first_line;
};

/* One entry for each hash, the newest. */
#define CACHE_SLOTS 8192u

struct entry {
	uint64_t code;
	uint32_t at;
	uint32_t row;
	int32_t first_line;
	uint32_t lines_used;
	uint32_t lines_hash;
	uint16_t file_length, function_length;
};

static struct slot {
	uint32_t turn;
	struct entry entry;
} cache[CACHE_SLOTS];

static struct slot *slot_of(const void *code, uint32_t at)
{
	uint64_t hash = ((uint64_t)(uintptr_t)code >> 4 ^ (uint64_t)at << 32) * 0x9e3779b97f4a7c15u;

	return &cache[hash >> 40 & (CACHE_SLOTS - 1)];
}

static uint32_t hash_lines(const uint8_t *lines, size_t used)
{
	const uint8_t *place = lines + (used > HASHED_MAX ? used - HASHED_MAX : 0);
	const uint8_t *end = lines + used;
	uint64_t hash = used, word;

	for (; end - place >= 8; place += 8) {
		__builtin_memcpy(&word, place, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	for (; place < end; place++)
		hash = (hash ^ *place) * 0x100000001b3u;
	return (uint32_t)(hash ^ hash >> 32);
}

static bool read_code(const struct python_layout *layout, const void *object, struct code *code)
{
	const void *lines;
	int64_t size;

	if (!python_is(object, PYTHON_CODE, layout->code_size))
		return false;
	code->object = object;
	code->file = python_pointer(object, layout->code_file);
	code->function = python_pointer(object, layout->code_function);
	code->first_line = python_int(object, layout->code_first_line);
	lines = python_pointer(object, layout->code_lines);
	if (!python_is(lines, PYTHON_BYTES, BYTES_TEXT))
		return false;
	size = python_word(lines, BYTES_SIZE);
	code->lines = (const uint8_t *)lines + BYTES_TEXT;
	if (size < 0 || size > INT32_MAX ||
	    (size > 0 && !python_may_read(code->lines, (size_t)size)))
		return false;
	code->lines_size = (size_t)size;
	return true;
}

static bool still_means(const struct ledger *ledger, const struct python_layout *layout,
			const struct entry *entry, const struct code *code, uint32_t at)
{
	const struct recorded_script *row;

	if (entry->code != (uint64_t)(uintptr_t)code->object || entry->at != at ||
	    entry->first_line != code->first_line || entry->lines_used > code->lines_size ||
	    entry->lines_hash != hash_lines(code->lines, entry->lines_used))
		return false;
	row = script_at(ledger, entry->row);
	return python_text_is(layout, code->function, string_at(ledger, row->function),
			      entry->function_length, FUNCTION_ROOM) &&
	       python_text_is(layout, code->file, string_at(ledger, row->file), entry->file_length,
			      FILE_ROOM);
}

/* Where a row was not cached: spells the names, reads the line table, interns. */
static bool __attribute__((noinline))
find_row(struct ledger *ledger, const struct python_layout *layout, const struct code *code,
	 uint32_t at, struct entry *entry)
{
	char file[FILE_ROOM], function[FUNCTION_ROOM];
	size_t file_length, function_length, used = 0;
	struct script_line script = { .language = PYTHON_LANGUAGE,
				      .file = file,
				      .function = function };

	if (!python_text(layout, code->file, file, sizeof(file), &file_length) ||
	    !python_text(layout, code->function, function, sizeof(function), &function_length))
		return false;
	script.line = python_line_at(layout->line_table, code->lines, code->lines_size,
				     code->first_line, at, &used);
	*entry = (struct entry){
		.code = (uint64_t)(uintptr_t)code->object,
		.at = at,
		.row = script_row(ledger, &script),
		.first_line = code->first_line,
		.lines_used = (uint32_t)used,
		.lines_hash = hash_lines(code->lines, used),
		.file_length = (uint16_t)file_length,
		.function_length = (uint16_t)function_length,
	};
	return true;
}

bool python_code_row(struct ledger *ledger, const struct python_layout *layout, const void *object,
		     uint32_t at, uint32_t *row)
{
	struct slot *slot = slot_of(object, at);
	struct entry entry;
	struct code code;

	if (!read_code(layout, object, &code))
		return false;
	if (!cache_slot_read(&slot->turn, &slot->entry, &entry, sizeof(entry)) ||
	    !still_means(ledger, layout, &entry, &code, at)) {
		if (!find_row(ledger, layout, &code, at, &entry))
			return false;
		if (entry.row != NO_SCRIPT)
			cache_slot_write(&slot->turn, &slot->entry, &entry, sizeof(entry));
	}
	*row = entry.row;
	return true;
}
