/* SPDX-License-Identifier: MIT */
/*
 * Under valgrind: what its tools must know of the recorder, by client requests (a few instructions
 * that do nothing on a real processor). Its tables are shared without locks, which helgrind and drd
 * would report as data races of the program. Signal-safe, any thread.
 */
#ifndef FINLEAK_CHECKERS_H
#define FINLEAK_CHECKERS_H

#include <stdbool.h>
#include <stddef.h>

/* Finds out whether this is valgrind, and excepts the recorder's own data. *Start-up only.* */
void checkers_start(void);

/* Is this process emulated by valgrind? No system call. */
bool checkers_are_valgrind(void);

/*
 * The recorder's mmap(): a hidden symbol, so all of its mappings come by here, and race checkers
 * except them. They forget that when the memory is unmapped.
 */

#endif
