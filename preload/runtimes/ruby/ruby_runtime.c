/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/ruby/ruby_runtime.h"

#include <string.h>
#include "preload/ledger/script_table.h"
#include "preload/platform/loaded_symbols.h"
#include "preload/runtimes/checked_memory.h"
#include "preload/runtimes/script_frames.h"

#define LANGUAGE   "ruby"
#define FRAMES_MAX 128
#define NAME_MAX   512

/*
 * struct RString: a word of flags, the class, then the length; before 3.2 a short text was there,
 * and its length among the flags. Where the text is, is asked.
 */
#define TYPE_MASK     0x1f
#define TYPE_STRING   0x05
#define IS_APART      (1u << 13)
#define EMBEDDED_SIZE 14 /* 5 bits of the flags from here on */
#define TEXT_LENGTH   16

/* Whose rb_profile_frames() is the same. */
#define VERSION(major, minor) ((major)*100 + (minor))
#define OLDEST                VERSION(2, 7)
#define NEWEST                VERSION(3, 4)
#define LENGTH_IS_APART       VERSION(3, 2)

typedef uintptr_t value;

static struct ruby {
	uint64_t start, end;
	bool is_program;
	int version;
	void *const *machine; /* NULL before it is set up, and once it is gone */
	int (*is_ruby_thread)(void);
	int (*profile_frames)(int start, int limit, value *frames, int *lines);
	value (*path_of)(value frame);
	value (*label_of)(value frame);
	const char *(*text_of)(volatile value *string); /* allocates where it is no string */
} ruby;

static bool claimed;

static bool detect(const struct runtime_module *module)
{
	const struct loaded_symbols *symbols = module->symbols;
	const int *version = loaded_symbols_find(symbols, "ruby_api_version");
	struct ruby found = { .start = module->start, .end = module->end };
	const char *base;

	if (!version)
		return false;
	found.version = VERSION(version[0], version[1]);
	if (found.version < OLDEST || found.version > NEWEST)
		return false;
	found.machine = loaded_symbols_find(symbols, "ruby_current_vm_ptr");
	found.is_ruby_thread = loaded_symbols_find(symbols, "ruby_native_thread_p");
	found.profile_frames = loaded_symbols_find(symbols, "rb_profile_frames");
	found.path_of = loaded_symbols_find(symbols, "rb_profile_frame_path");
	found.label_of = loaded_symbols_find(symbols, "rb_profile_frame_label");
	found.text_of = loaded_symbols_find(symbols, "rb_string_value_ptr");
	if (!found.machine || !found.is_ruby_thread || !found.profile_frames || !found.path_of ||
	    !found.label_of || !found.text_of)
		return false;
	base = strrchr(module->program, '/');
	found.is_program = strncmp(base ? base + 1 : module->program, "ruby", 4) == 0;
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return false;
	ruby = found;
	return true;
}

static enum native_frame native_frame(uint64_t pc)
{
	return pc >= ruby.start && pc < ruby.end ? NATIVE_RUNTIME : NATIVE_FOREIGN;
}

/* Copies the text of STRING. False: it is none. */
static bool copy_string(struct checked_memory *memory, value string, char *text, size_t size)
{
	const char *object = (const char *)string;
	uint64_t flags, length;

	if (string % sizeof(value) || !checked_read(memory, object, &flags, sizeof(flags)) ||
	    (flags & TYPE_MASK) != TYPE_STRING)
		return false;
	length = flags >> EMBEDDED_SIZE & 0x1f;
	if ((ruby.version >= LENGTH_IS_APART || flags & IS_APART) &&
	    !checked_read(memory, object + TEXT_LENGTH, &length, sizeof(length)))
		return false;
	return checked_name(memory, ruby.text_of(&string), length, text, size);
}

static enum frames_taken take(struct ledger *ledger, const struct native_stack *native,
			      struct script_frames *frames)
{
	struct checked_memory memory = { { 0 }, 0 };
	char file[NAME_MAX], function[NAME_MAX];
	value taken[FRAMES_MAX];
	int lines[FRAMES_MAX], count, i;

	if (!*ruby.machine || !ruby.is_ruby_thread())
		return TOOK_FRAMES;
	count = ruby.profile_frames(0, FRAMES_MAX, taken, lines);
	for (i = 0; i < count; i++) {
		struct script_line line = {
			.language = LANGUAGE,
			.file = file,
			.function = function,
			.line = lines[i] > 0 ? (uint32_t)lines[i] : 0,
		};
		uint32_t row;

		/* A method in C has no line; it stands in the native stack. */
		if (!line.line)
			continue;
		if (!copy_string(&memory, ruby.path_of(taken[i]), file, sizeof(file)) ||
		    !copy_string(&memory, ruby.label_of(taken[i]), function, sizeof(function)))
			return TOOK_NOTHING;
		row = script_row(ledger, &line);
		if (row == NO_SCRIPT)
			return TOOK_NO_ROOM;
		if (!script_frames_add(frames, row))
			break;
	}
	frames->cut = frames->cut || count == FRAMES_MAX;
	frames->is_whole = !native->cut && ruby.is_program;
	return TOOK_FRAMES;
}

const struct runtime ruby_runtime = {
	.language = LANGUAGE,
	.detect = detect,
	.native_frame = native_frame,
	.take = take,
};
