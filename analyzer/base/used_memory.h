/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_USED_MEMORY_H
#define FINLEAK_USED_MEMORY_H

#include <stdint.h>

/* The address space that this process uses, bytes; 0 unknown. */
uint64_t used_memory(void);

#endif
