/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/php/php_runtime.h"

#include <string.h>
#include "preload/ledger/script_table.h"
#include "preload/platform/loaded_symbols.h"
#include "preload/runtimes/checked_memory.h"
#include "preload/runtimes/script_frames.h"

#define LANGUAGE  "php"
#define STEPS_MAX 1024
/* An unknown layout costs no more than that. */
#define SEARCHES_MAX 16u
#define NAME_MAX     512

/* struct _zend_execute_data, zend_op, zend_function, zend_class_entry and zend_string: PHP 7 and 8.
 */
#define FRAME_OPLINE      0
#define FRAME_FUNCTION    24
#define FRAME_PREVIOUS    48
#define OPLINE_LINE       24
#define FUNCTION_TYPE     0
#define FUNCTION_NAME     8
#define FUNCTION_CLASS    16
#define CLASS_NAME        8
#define STRING_LENGTH     16
#define STRING_TEXT       24
#define FUNCTION_OF_USER  2
#define FUNCTION_OF_EVAL  4   /* what eval() and include run */
#define FUNCTION_SIZE_MAX 256 /* its file stands before that */

static struct php {
	uint64_t start, end;
	uint64_t loop_start, loop_end;
	bool is_program;
	const char *globals; /* executor_globals */
	size_t globals_size;
	const char *(*file_now)(void);
	uint32_t (*line_now)(void);
} php;

static bool claimed;

/* Where the globals have the current frame, as offset + 1; 0: not found out yet. */
static uint32_t current_frame;
static uint32_t searches;

static bool detect(const struct runtime_module *module)
{
	const struct loaded_symbols *symbols = module->symbols;
	const ElfW(Sym) *globals = loaded_symbols_entry(symbols, "executor_globals");
	const ElfW(Sym) *loop = loaded_symbols_entry(symbols, "execute_ex");
	struct php found = { .start = module->start, .end = module->end };
	const char *base;

	if (!globals || !loop)
		return false;
	found.file_now = loaded_symbols_find(symbols, "zend_get_executed_filename");
	found.line_now = loaded_symbols_find(symbols, "zend_get_executed_lineno");
	if (!found.file_now || !found.line_now)
		return false;
	found.globals = (const char *)(uintptr_t)(symbols->bias + globals->st_value);
	found.globals_size = globals->st_size;
	found.loop_start = symbols->bias + loop->st_value;
	found.loop_end = found.loop_start + loop->st_size;
	base = strrchr(module->program, '/');
	found.is_program = strncmp(base ? base + 1 : module->program, "php", 3) == 0;
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return false;
	php = found;
	return true;
}

static enum native_frame native_frame(uint64_t pc)
{
	if (pc > php.loop_start && pc <= php.loop_end)
		return NATIVE_LOOP;
	return pc >= php.start && pc < php.end ? NATIVE_RUNTIME : NATIVE_FOREIGN;
}

/* The function of FRAME if it is one of the user's, else NULL. */
static const void *user_function(struct checked_memory *memory, const void *frame)
{
	const void *function = checked_pointer(memory, frame, FRAME_FUNCTION);
	uint8_t type;

	if (!function || !checked_read(memory, (const char *)function + FUNCTION_TYPE, &type, 1))
		return NULL;
	return type == FUNCTION_OF_USER || type == FUNCTION_OF_EVAL ? function : NULL;
}

/* The innermost frame from FRAME on that runs a user's function; NULL: none. */
static const void *innermost_of_user(struct checked_memory *memory, const void *frame)
{
	unsigned int steps;

	for (steps = 0; frame && steps < STEPS_MAX; steps++) {
		if ((uintptr_t)frame % sizeof(void *))
			return NULL;
		if (user_function(memory, frame))
			return frame;
		frame = checked_pointer(memory, frame, FRAME_PREVIOUS);
	}
	return NULL;
}

static uint32_t line_of(struct checked_memory *memory, const void *frame)
{
	const char *opline = checked_pointer(memory, frame, FRAME_OPLINE);
	uint32_t line;

	return opline && checked_read(memory, opline + OPLINE_LINE, &line, sizeof(line)) ? line : 0;
}

/* Where FUNCTION keeps the name of its file, whose text is FILE; 0: nowhere. */
static uint32_t find_file(struct checked_memory *memory, const void *function, const char *file)
{
	uint32_t offset;

	for (offset = FUNCTION_CLASS; offset < FUNCTION_SIZE_MAX; offset += sizeof(void *))
		if (checked_pointer(memory, function, offset) == (const void *)(file - STRING_TEXT))
			return offset;
	return 0;
}

/*
 * Is the word at OFFSET of the globals the current frame, by FILE and LINE of its innermost
 * function of the user? *user is that one's frame.
 */
static bool is_current(struct checked_memory *memory, uint32_t offset, const char *file,
		       uint32_t line, const void **user)
{
	*user = innermost_of_user(memory, checked_pointer(memory, php.globals, offset));
	return *user && line_of(memory, *user) == line &&
	       find_file(memory, user_function(memory, *user), file) != 0;
}

/*
 * The frame of the innermost function of the user, in FILE at LINE; NULL: it was not found. In the
 * script's outermost code several words may seem to be the current frame: one that was taken for it
 * is found out in the next function.
 */
static const void *find_user(struct checked_memory *memory, const char *file, uint32_t line)
{
	uint32_t known = __atomic_load_n(&current_frame, __ATOMIC_RELAXED), offset;
	const void *user;

	if (known && is_current(memory, known - 1, file, line, &user))
		return user;
	if (__atomic_load_n(&searches, __ATOMIC_RELAXED) >= SEARCHES_MAX)
		return NULL;
	__atomic_fetch_add(&searches, 1, __ATOMIC_RELAXED);
	for (offset = 0; offset + sizeof(void *) <= php.globals_size; offset += sizeof(void *))
		if (offset + 1 != known && is_current(memory, offset, file, line, &user)) {
			__atomic_store_n(&current_frame, offset + 1, __ATOMIC_RELAXED);
			return user;
		}
	return NULL;
}

static bool copy_string(struct checked_memory *memory, const void *string, char *text, size_t size)
{
	uint64_t length;

	return string && checked_read(memory, (const char *)string + STRING_LENGTH, &length, 8) &&
	       checked_name(memory, (const char *)string + STRING_TEXT, length, text, size);
}

/* "Class::method", "function", or what PHP calls {main}. */
static bool copy_function(struct checked_memory *memory, const void *function, char *text,
			  size_t size)
{
	static const char main[] = "<main>";
	const void *name = checked_pointer(memory, function, FUNCTION_NAME);
	const void *class = checked_pointer(memory, function, FUNCTION_CLASS);
	size_t length = 0;

	if (!name) {
		memcpy(text, main, sizeof(main));
		return true;
	}
	if (class &&
	    copy_string(memory, checked_pointer(memory, class, CLASS_NAME), text, size / 2))
		length = strlen(text);
	if (length) {
		text[length++] = ':';
		text[length++] = ':';
	}
	return copy_string(memory, name, text + length, size - length);
}

static enum frames_taken add_frame(struct ledger *ledger, struct checked_memory *memory,
				   const void *frame, const void *function, uint32_t file_place,
				   struct script_frames *frames)
{
	uint32_t row;
	char file[NAME_MAX], name[NAME_MAX];
	const struct script_line line = {
		.language = LANGUAGE,
		.file = file,
		.function = name,
		.line = line_of(memory, frame),
	};

	if (!copy_string(memory, checked_pointer(memory, function, file_place), file,
			 sizeof(file)) ||
	    !copy_function(memory, function, name, sizeof(name)))
		return TOOK_NOTHING;
	row = script_row(ledger, &line);
	if (row == NO_SCRIPT)
		return TOOK_NO_ROOM;
	script_frames_add(frames, row);
	return TOOK_FRAMES;
}

static enum frames_taken walk(struct ledger *ledger, struct checked_memory *memory,
			      struct script_frames *frames)
{
	const char *file = php.file_now();
	const void *frame = find_user(memory, file, php.line_now()), *function;
	unsigned int steps;
	uint32_t place;

	if (!frame)
		return TOOK_NOTHING;
	place = find_file(memory, user_function(memory, frame), file);
	for (steps = 0; frame && !frames->cut && steps < STEPS_MAX; steps++) {
		enum frames_taken step = TOOK_FRAMES;

		if ((uintptr_t)frame % sizeof(void *))
			return TOOK_NOTHING;
		function = user_function(memory, frame);
		if (function)
			step = add_frame(ledger, memory, frame, function, place, frames);
		if (step != TOOK_FRAMES)
			return step;
		frame = checked_pointer(memory, frame, FRAME_PREVIOUS);
	}
	return TOOK_FRAMES;
}

static enum frames_taken take(struct ledger *ledger, const struct native_stack *native,
			      struct script_frames *frames)
{
	struct checked_memory memory = { { 0 }, 0 };
	bool runs = false;
	size_t i;

	/* The globals are those of the one thread that runs scripts. */
	for (i = 0; i < native->count && !runs; i++)
		runs = !recorded_is_script(native->pc[i]) &&
		       native_frame(native->pc[i]) == NATIVE_LOOP;
	frames->is_whole = !native->cut && php.is_program;
	return runs ? walk(ledger, &memory, frames) : TOOK_FRAMES;
}

const struct runtime php_runtime = {
	.language = LANGUAGE,
	.detect = detect,
	.native_frame = native_frame,
	.take = take,
};
