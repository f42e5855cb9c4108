/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_interpreter.h"

#include <elf.h>
#include <stddef.h>
#include "preload/platform/loaded_symbols.h"
#include "preload/runtimes/python/python_version.h"
#include "preload/runtimes/runtime.h"

static struct python_interpreter found;
static bool claimed; /* somebody has filled it in, or is about to */

static unsigned int minor_version(const struct loaded_symbols *symbols)
{
	const unsigned long *version = loaded_symbols_find(symbols, "Py_Version");

	return python_minor_version(version ? *version : 0,
				    loaded_symbols_find(symbols, PYTHON_3_10_HAS) != NULL,
				    loaded_symbols_find(symbols, PYTHON_3_9_HAS) != NULL);
}

static bool confirms_layout(const struct loaded_symbols *symbols,
			    const struct python_layout *layout)
{
	const uint64_t *offsets;

	if (layout->minor < DEBUG_OFFSETS_SINCE)
		return true;
	offsets = loaded_symbols_find(symbols, "_PyRuntime");
	return offsets && python_layout_confirmed(layout, offsets);
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
	python.is_alone = python_is_named(module->path, "libpython") ||
			  python_is_named(module->path, "python");
	python.is_program = python_is_named(module->program, "python");
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
