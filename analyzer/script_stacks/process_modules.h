/* SPDX-License-Identifier: MIT */
/*
 * The modules of another process, and the symbols that they export, read from its memory. No file
 * is opened: the process may be in another container, and its files may be gone.
 */
#ifndef FINLEAK_PROCESS_MODULES_H
#define FINLEAK_PROCESS_MODULES_H

#include <stdbool.h>
#include <stdint.h>

struct process_module {
	const char *path; /* as the process has it */
	uint64_t start, end;
	uint64_t bias; /* address in memory - address in the module's symbol table */
	/* Addresses of its dynamic symbols. */
	uint64_t hash, symbols, names;
};

/*
 * Calls TAKE with CONTEXT and each module of the process of thread TASK that has dynamic symbols,
 * until it returns true. Returns whether it did.
 */
bool process_modules_find(int task,
			  bool (*take)(const struct process_module *module, int task,
				       void *context),
			  void *context);

/*
 * The address of NAME, which MODULE of the process of TASK defines, and its *size in bytes (NULL:
 * not asked for); 0: it does not define it.
 */
uint64_t process_symbol(int task, const struct process_module *module, const char *name,
			uint64_t *size);

#endif
