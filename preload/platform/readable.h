/* SPDX-License-Identifier: MIT */
/* Asks the kernel whether memory can be read, where reading it might be the program's end. */
#ifndef FINLEAK_READABLE_H
#define FINLEAK_READABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Pages are at least this large. */
#define READABLE_PAGE ((uintptr_t)4096)

/*
 * Can the 8 bytes that ADDRESS lies in be read at this moment? One system call (0.1 us); changes
 * errno. The answer holds for the whole page. Signal-safe, any thread.
 */
bool readable(uintptr_t address);

#endif
