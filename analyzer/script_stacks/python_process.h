/* SPDX-License-Identifier: MIT */
/*
 * CPython in another process, read from its memory without stopping it. What is there may change
 * meanwhile, and may be forged: each read is bounded, and each object must be of its type.
 */
#ifndef FINLEAK_PYTHON_PROCESS_H
#define FINLEAK_PYTHON_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"

/* As much of a thread's state as is read. */
#define PYTHON_STATE_SIZE 192

enum python_process_type {
	PYTHON_PROCESS_CODE,
	PYTHON_PROCESS_TEXT,
	PYTHON_PROCESS_BYTES,
	PYTHON_PROCESS_TYPES,
};

struct python_process {
	int task; /* by which the process is read */
	struct python_layout layout;
	uint64_t runtime;              /* address of _PyRuntime */
	uint64_t start, end;           /* of the interpreter's module */
	uint64_t eval_start, eval_end; /* of _PyEval_EvalFrameDefault() */
	bool is_alone;   /* the module is nothing but Python: libpython*.so, a program python* */
	bool is_program; /* the program is a Python that runs scripts, not one that embeds it */
	uint64_t types[PYTHON_PROCESS_TYPES]; /* the types' addresses; 0: not met yet */
};

/* Finds the interpreter of process PID. False: it has none whose frames can be read. */
bool python_process_find(struct python_process *python, int pid);

/*
 * Copies the first SIZE bytes of the object at ADDRESS, which must be of TYPE and no subclass, to
 * TO. SIZE has room for the type. False: it is none.
 */
bool python_process_object(struct python_process *python, enum python_process_type type,
			   uint64_t address, void *to, size_t size);

#endif
