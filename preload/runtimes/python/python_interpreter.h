/* SPDX-License-Identifier: MIT */
/*
 * Finds CPython among the loaded modules: in the executable, in a libpython that it is linked with
 * or that was opened later. Its symbols are looked up in the module's own tables, never by dlsym(),
 * which would take the loader's lock and miss what was opened RTLD_LOCAL. One interpreter in a
 * process: the first found.
 */
#ifndef FINLEAK_PYTHON_INTERPRETER_H
#define FINLEAK_PYTHON_INTERPRETER_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"

struct python_interpreter {
	const struct python_layout *layout;
	uint64_t start, end;           /* of its module */
	uint64_t eval_start, eval_end; /* of its evaluation loop, _PyEval_EvalFrameDefault() */
	bool is_alone; /* its module is nothing but Python: libpython*.so, a program python* */
	void *(*this_thread)(void); /* PyGILState_GetThisThreadState(): needs no GIL */
	int (*is_finalizing)(void); /* needs none either */
};

/* The interpreter of this process, or NULL. Signal-safe, any thread. */
const struct python_interpreter *python_interpreter(void);

/*
 * Searches for one among the modules loaded so far. PROGRAM is the path of the executable, which
 * stays in memory. *Start-up only.*
 */
void python_interpreter_start(const char *program);

/*
 * Searches for one in OBJECT, which PATH was loaded from and which stays loaded meanwhile. Takes no
 * lock. Signal-safe, any thread.
 */
void python_interpreter_consider(const struct dl_phdr_info *object, const char *path);

/* The module at START was unloaded: from now on there is no interpreter. */
void python_interpreter_gone(uint64_t start);

/* Is the program a Python that runs scripts (python3), not one that embeds it? */
bool python_is_program(void);

#endif
