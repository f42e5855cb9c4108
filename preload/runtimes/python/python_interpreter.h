/* SPDX-License-Identifier: MIT */
/*
 * Finds CPython among the loaded modules: in the executable, in a libpython that it is linked with
 * or that was opened later. Its symbols are looked up in the module's own tables, never by dlsym(),
 * which would take the loader's lock and miss what was opened RTLD_LOCAL. One interpreter in a
 * process: the first found.
 */
#ifndef FINLEAK_PYTHON_INTERPRETER_H
#define FINLEAK_PYTHON_INTERPRETER_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"

struct runtime_module;

struct python_interpreter {
	const struct python_layout *layout;
	uint64_t start, end;           /* of its module */
	uint64_t eval_start, eval_end; /* of its evaluation loop, _PyEval_EvalFrameDefault() */
	bool is_alone;   /* its module is nothing but Python: libpython*.so, a program python* */
	bool is_program; /* the program is a Python that runs scripts, not one that embeds it */
	void *(*this_thread)(void); /* PyGILState_GetThisThreadState(): needs no GIL */
	int (*is_finalizing)(void); /* needs none either */
};

/* Is MODULE CPython? See struct runtime. */
bool python_interpreter_detect(const struct runtime_module *module);

/* What was found. Signal-safe, any thread; *after python_interpreter_detect() found it.* */
const struct python_interpreter *python_interpreter(void);

#endif
