/* SPDX-License-Identifier: MIT */
/* Memory of another process, read without stopping it. It is hostile: nothing there is trusted. */
#ifndef FINLEAK_PROCESS_MEMORY_H
#define FINLEAK_PROCESS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copies SIZE bytes at ADDRESS of the process of thread TASK (proc_task.h) to TO. False: not all of
 * them can be read. Takes the right to ptrace it.
 */
bool process_memory_read(int task, uint64_t address, void *to, size_t size);

/* The word at ADDRESS; 0, too, where it can't be read. */
uint64_t process_memory_word(int task, uint64_t address);

/* Is TEXT, with its NUL, at ADDRESS? */
bool process_memory_is(int task, uint64_t address, const char *text);

#endif
