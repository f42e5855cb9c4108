/* SPDX-License-Identifier: MIT */
/* From a code object of another process and an instruction in it to file, function and line. */
#ifndef FINLEAK_PYTHON_NAMES_H
#define FINLEAK_PYTHON_NAMES_H

#include <stdbool.h>
#include <stdint.h>
#include "analyzer/script_stacks/python_process.h"

#define PYTHON_FILE_ROOM     1024
#define PYTHON_FUNCTION_ROOM 256

struct python_name {
	char file[PYTHON_FILE_ROOM];
	char function[PYTHON_FUNCTION_ROOM];
	unsigned int line; /* 0 unknown */
};

/* The instruction at byte AT of CODE, an address. False: CODE is not what it should be. */
bool python_name_of(struct python_process *python, uint64_t code, uint32_t at,
		    struct python_name *name);

#endif
