/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_interpreter.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include "preload/platform/loaded_symbols.h"

static struct python_interpreter found;
static const struct python_interpreter *current; /* &found, or NULL */
/* Somebody has filled in, or is about to. For good: what is learned of one interpreter does not
 * hold for another. */
static bool claimed;

static bool read_symbols(const struct dl_phdr_info *object, struct loaded_symbols *symbols)
{
	const ElfW(Dyn) *dynamic = NULL;
	int i;

	for (i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
	return loaded_symbols_read(object->dlpi_addr, dynamic, symbols);
}

/* The N of CPython 3.N, found without calling anything; 0 unknown. */
static unsigned int minor_version(const struct loaded_symbols *symbols)
{
	const unsigned long *version = loaded_symbols_find(symbols, "Py_Version");

	if (version)
		return *version >> 24 == 3 ? *version >> 16 & 0xff : 0;
	/* Symbols that came with 3.10 and 3.9. */
	if (loaded_symbols_find(symbols, "PyModule_AddObjectRef"))
		return 10;
	return loaded_symbols_find(symbols, "PyObject_GC_IsTracked") ? 9 : 0;
}

/*
 * From 3.13 on _PyRuntime begins with the offsets in use. Ours must agree: a build without the GIL
 * has others.
 */
static bool confirms_layout(const struct loaded_symbols *symbols,
			    const struct python_layout *layout)
{
	enum {
		VERSION = 1,
		FREE_THREADED = 2,
		THREAD_FRAME = 23,
		FRAME_PREVIOUS = 29,
		FRAME_CODE = 30,
		FRAME_INSTRUCTION = 31,
		FRAME_OWNER = 33,
		CODE_FILE = 35,
		CODE_FUNCTION = 37,
		CODE_LINES = 38,
		CODE_FIRST_LINE = 39,
		CODE_INSTRUCTIONS = 43,
	};
	const uint64_t *offsets;

	if (layout->minor < 13)
		return true;
	offsets = loaded_symbols_find(symbols, "_PyRuntime");
	return offsets && memcmp(offsets, "xdebugpy", 8) == 0 &&
	       offsets[VERSION] >> 16 == (0x0300 | layout->minor) && offsets[FREE_THREADED] == 0 &&
	       offsets[THREAD_FRAME] == layout->thread_frame &&
	       offsets[FRAME_PREVIOUS] == layout->frame_previous &&
	       offsets[FRAME_CODE] == layout->frame_code &&
	       offsets[FRAME_INSTRUCTION] == layout->frame_instruction &&
	       offsets[FRAME_OWNER] == layout->frame_owner &&
	       offsets[CODE_FILE] == layout->code_file &&
	       offsets[CODE_FUNCTION] == layout->code_function &&
	       offsets[CODE_LINES] == layout->code_lines &&
	       offsets[CODE_FIRST_LINE] == layout->code_first_line &&
	       offsets[CODE_INSTRUCTIONS] == layout->code_instructions;
}

/* "python", "python3.11", "libpython3.11.so.1.0" for NAME "python" and "libpython"; no "pythonista"
 */
static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length = strlen(name);

	return strncmp(base, name, length) == 0 &&
	       (base[length] == '\0' || (base[length] >= '0' && base[length] <= '9'));
}

void python_interpreter_consider(const struct dl_phdr_info *object, const char *path)
{
	struct python_interpreter python = { 0 };
	const ElfW(Sym) * eval;
	struct loaded_symbols symbols;
	int i;

	if (current || !read_symbols(object, &symbols))
		return;
	eval = loaded_symbols_entry(&symbols, "_PyEval_EvalFrameDefault");
	if (!eval)
		return;
	python.eval_start = symbols.bias + eval->st_value;
	python.eval_end = python.eval_start + eval->st_size;
	python.this_thread = loaded_symbols_find(&symbols, "PyGILState_GetThisThreadState");
	python.is_finalizing = loaded_symbols_find(&symbols, "Py_IsFinalizing");
	if (!python.is_finalizing)
		python.is_finalizing = loaded_symbols_find(&symbols, "_Py_IsFinalizing");
	python.layout = python_layout_of(minor_version(&symbols));
	if (!python.layout || !python.this_thread || !python.is_finalizing ||
	    !confirms_layout(&symbols, python.layout))
		return;
	python.start = UINT64_MAX;
	for (i = 0; i < object->dlpi_phnum; i++) {
		uint64_t start = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;

		if (object->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		if (start < python.start)
			python.start = start;
		if (start + object->dlpi_phdr[i].p_memsz > python.end)
			python.end = start + object->dlpi_phdr[i].p_memsz;
	}
	python.is_alone = is_named(path, "libpython") || is_named(path, "python");
	/* Two threads may see the same new module. */
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return;
	found = python;
	__atomic_store_n(&current, &found, __ATOMIC_RELEASE);
}

static const char *program_path;

static int consider(struct dl_phdr_info *object, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	python_interpreter_consider(object, object->dlpi_name && object->dlpi_name[0]
						    ? object->dlpi_name
						    : program_path);
	return current != NULL;
}

void python_interpreter_start(const char *program)
{
	program_path = program;
#if defined(__LP64__)
	dl_iterate_phdr(consider, NULL);
#endif
}

void python_interpreter_gone(uint64_t start)
{
	if (!current || found.start != start)
		return;
	__atomic_store_n(&current, NULL, __ATOMIC_RELEASE);
}

const struct python_interpreter *python_interpreter(void)
{
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

bool python_is_program(void)
{
	return is_named(program_path, "python");
}
