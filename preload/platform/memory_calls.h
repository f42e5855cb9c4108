/* SPDX-License-Identifier: MIT */
/*
 * memcpy(), memset() and memcmp() of our own, in front of those of the program: in one that was
 * built with TSan they would report each lock-free table of the recorder as a data race.
 */
#ifndef FINLEAK_MEMORY_CALLS_H
#define FINLEAK_MEMORY_CALLS_H

/* From here on they are libc's, before they are slow. As libc_calls_resolve(). */
void memory_calls_start(void);

#endif
