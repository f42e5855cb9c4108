/* SPDX-License-Identifier: MIT */
/*
 * Interned stacks: each distinct stack is stored once and known by a number. Signal-safe, any
 * thread, within a visit that has a recording.
 */
#ifndef FINLEAK_STACK_TABLE_H
#define FINLEAK_STACK_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* FRAMES: how many to keep of each stack, 1 ... RECORDED_FRAMES_MAX. *Start-up only.* */
bool stack_table_start(unsigned int frames);

/* Takes the calling thread's backtrace and returns its id; 0: none could be had (counted). */
uint32_t stack_here(void);

/*
 * The module map has changed: stacks with an address for which MOVED says yes are not the same as
 * equal ones taken from now on. True where that is news for one of them. Not signal-safe.
 */
bool stack_table_retire(bool (*moved)(uint64_t pc, uint32_t seq));

#endif
