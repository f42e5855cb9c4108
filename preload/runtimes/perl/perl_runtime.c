/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/perl/perl_runtime.h"

#include <string.h>
#include "preload/ledger/script_table.h"
#include "preload/platform/loaded_symbols.h"
#include "preload/runtimes/checked_memory.h"
#include "preload/runtimes/script_frames.h"

#define LANGUAGE   "perl"
#define NAME_MAX   512
#define STACKS_MAX 64
#define DEPTH_MAX  100000

/* Of 5.36, by its intrpvar.h, cop.h, cv.h, gv.h and hv.h. */
#define INTERPRETER_STATEMENT 208 /* PL_curcop */
#define INTERPRETER_STACK     224 /* PL_curstackinfo */
#define STACK_CONTEXTS        8
#define STACK_PREVIOUS        16
#define STACK_TOP             32
#define CONTEXT_SIZE          104
#define CONTEXT_TYPE          0
#define CONTEXT_STATEMENT     16 /* that called */
#define CONTEXT_SUB           72
#define TYPE_MASK             0xf
#define TYPE_SUB              9
#define STATEMENT_LINE        36
#define STATEMENT_FILE        48
#define SUB_NAME              56 /* a glob, or the name itself */
#define SUB_FLAGS             92
#define SUB_IS_NAMED          0x8000u
#define GLOB_NAME             32
#define NAME_LENGTH           4
#define NAME_TEXT             8

static struct perl {
	uint64_t start, end;
	bool is_program;
	uint64_t end_start, end_end; /* perl_destruct(): the program has ended */
	void *const *first;          /* PL_curinterp: NULL before there is an interpreter */
	const void *(*this_thread)(void);
} perl;

static bool claimed;

static bool detect(const struct runtime_module *module)
{
	const struct loaded_symbols *symbols = module->symbols;
	const uint8_t *revision = loaded_symbols_find(symbols, "PL_revision");
	const uint8_t *version = loaded_symbols_find(symbols, "PL_version");
	const ElfW(Sym) *end = loaded_symbols_entry(symbols, "perl_destruct");
	struct perl found = { .start = module->start, .end = module->end };
	const char *base;

	/* Without threads there is no key, and the interpreter has no structure. */
	if (!revision || !version || *revision != 5 || *version != 36 ||
	    !loaded_symbols_find(symbols, "PL_thr_key"))
		return false;
	found.first = loaded_symbols_find(symbols, "PL_curinterp");
	found.this_thread = loaded_symbols_find(symbols, "Perl_get_context");
	if (!found.first || !found.this_thread)
		return false;
	if (end) {
		found.end_start = symbols->bias + end->st_value;
		found.end_end = found.end_start + end->st_size;
	}
	base = strrchr(module->program, '/');
	found.is_program = strncmp(base ? base + 1 : module->program, "perl", 4) == 0;
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return false;
	perl = found;
	return true;
}

static enum native_frame native_frame(uint64_t pc)
{
	return pc >= perl.start && pc < perl.end ? NATIVE_RUNTIME : NATIVE_FOREIGN;
}

/* The name of SUB into TEXT. */
static bool copy_name(struct checked_memory *memory, const void *sub, char *text, size_t size)
{
	const char *body = checked_pointer(memory, sub, 0), *name;
	uint32_t flags;
	int32_t length;

	if (!body || !checked_read(memory, body + SUB_FLAGS, &flags, sizeof(flags)))
		return false;
	name = checked_pointer(memory, body, SUB_NAME);
	if (!name)
		return false;
	if (!(flags & SUB_IS_NAMED)) {
		body = checked_pointer(memory, name, 0);
		name = body ? checked_pointer(memory, body, GLOB_NAME) : NULL;
	}
	return name && checked_read(memory, name + NAME_LENGTH, &length, sizeof(length)) &&
	       length > 0 && checked_name(memory, name + NAME_TEXT, (size_t)length, text, size);
}

/* Adds STATEMENT as a line of SUB; NULL: of no sub. */
static enum frames_taken add_frame(struct ledger *ledger, struct checked_memory *memory,
				   const char *statement, const void *sub,
				   struct script_frames *frames)
{
	char file[NAME_MAX], name[NAME_MAX] = "<main>";
	struct script_line line = { .language = LANGUAGE, .file = file, .function = name };
	const char *path = checked_pointer(memory, statement, STATEMENT_FILE);
	uint32_t row;

	if (!path || !checked_text(memory, path, file, sizeof(file)) ||
	    !checked_read(memory, statement + STATEMENT_LINE, &line.line, sizeof(line.line)) ||
	    (sub && !copy_name(memory, sub, name, sizeof(name))))
		return TOOK_NOTHING;
	row = script_row(ledger, &line);
	if (row == NO_SCRIPT)
		return TOOK_NO_ROOM;
	script_frames_add(frames, row);
	return TOOK_FRAMES;
}

/* Adds the calls on STACK; *statement is the one that runs, and becomes the one that called. */
static enum frames_taken add_calls(struct ledger *ledger, struct checked_memory *memory,
				   const char *stack, const char **statement,
				   struct script_frames *frames)
{
	const char *contexts = checked_pointer(memory, stack, STACK_CONTEXTS), *context;
	enum frames_taken taken = TOOK_FRAMES;
	int32_t top;
	uint8_t type;

	if (!contexts || !checked_read(memory, stack + STACK_TOP, &top, sizeof(top)) ||
	    top > DEPTH_MAX)
		return TOOK_NOTHING;
	for (; top >= 0 && !frames->cut && taken == TOOK_FRAMES; top--) {
		context = contexts + (size_t)top * CONTEXT_SIZE;
		if (!checked_read(memory, context + CONTEXT_TYPE, &type, sizeof(type)))
			return TOOK_NOTHING;
		if ((type & TYPE_MASK) != TYPE_SUB)
			continue;
		taken = add_frame(ledger, memory, *statement,
				  checked_pointer(memory, context, CONTEXT_SUB), frames);
		*statement = checked_pointer(memory, context, CONTEXT_STATEMENT);
		if (!*statement)
			return TOOK_NOTHING;
	}
	return taken;
}

/* Is the interpreter being torn down? The last statement stays current, and calls nothing. */
static bool is_ending(const struct native_stack *native)
{
	size_t i;

	for (i = 0; i < native->count; i++)
		if (native->pc[i] > perl.end_start && native->pc[i] <= perl.end_end)
			return true;
	return false;
}

static enum frames_taken take(struct ledger *ledger, const struct native_stack *native,
			      struct script_frames *frames)
{
	struct checked_memory memory = { { 0 }, 0 };
	enum frames_taken taken = TOOK_FRAMES;
	const char *interpreter, *statement, *stack;
	unsigned int stacks;

	interpreter = *perl.first ? perl.this_thread() : NULL;
	if (!interpreter || is_ending(native))
		return TOOK_FRAMES;
	statement = checked_pointer(&memory, interpreter, INTERPRETER_STATEMENT);
	stack = checked_pointer(&memory, interpreter, INTERPRETER_STACK);
	if (!statement)
		return TOOK_NOTHING;
	for (stacks = 0; stack && stacks < STACKS_MAX && !frames->cut; stacks++) {
		taken = add_calls(ledger, &memory, stack, &statement, frames);
		if (taken != TOOK_FRAMES)
			return taken;
		stack = checked_pointer(&memory, stack, STACK_PREVIOUS);
	}
	frames->is_whole = !native->cut && perl.is_program;
	return frames->cut ? TOOK_FRAMES : add_frame(ledger, &memory, statement, NULL, frames);
}

const struct runtime perl_runtime = {
	.language = LANGUAGE,
	.detect = detect,
	.native_frame = native_frame,
	.take = take,
};
