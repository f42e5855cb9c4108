/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_interpreter.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include "preload/platform/loaded_symbols.h"
#include "preload/runtimes/runtime.h"

static struct python_interpreter found;
static bool claimed; /* somebody has filled it in, or is about to */

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

bool python_interpreter_detect(const struct runtime_module *module)
{
	struct python_interpreter python = { .start = module->start, .end = module->end };
	const struct loaded_symbols *symbols = module->symbols;
	const ElfW(Sym) *eval = loaded_symbols_entry(symbols, "_PyEval_EvalFrameDefault");

	if (!eval)
		return false;
	python.eval_start = symbols->bias + eval->st_value;
	python.eval_end = python.eval_start + eval->st_size;
	python.this_thread = loaded_symbols_find(symbols, "PyGILState_GetThisThreadState");
	python.is_finalizing = loaded_symbols_find(symbols, "Py_IsFinalizing");
	if (!python.is_finalizing)
		python.is_finalizing = loaded_symbols_find(symbols, "_Py_IsFinalizing");
	python.layout = python_layout_of(minor_version(symbols));
	if (!python.layout || !python.this_thread || !python.is_finalizing ||
	    !confirms_layout(symbols, python.layout))
		return false;
	python.is_alone = is_named(module->path, "libpython") || is_named(module->path, "python");
	python.is_program = is_named(module->program, "python");
	/* Two threads may see the same new module. */
	if (__atomic_exchange_n(&claimed, true, __ATOMIC_ACQUIRE))
		return false;
	found = python;
	return true;
}

const struct python_interpreter *python_interpreter(void)
{
	return &found;
}
