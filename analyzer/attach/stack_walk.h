/* SPDX-License-Identifier: MIT */
/*
 * Walks the stack of an attached thread from its registers and a copy of the stack, outside the
 * process: by the unwind information of the mapped files, by frame pointers where there is none
 * (Go, code made at run time). The copy is hostile input.
 */
#ifndef FINLEAK_STACK_WALK_H
#define FINLEAK_STACK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/attach/attach_event.h"
#include "analyzer/attach/target_code.h"

struct stack_copy {
	const struct attach_registers *registers;
	const uint8_t *bytes; /* from registers->sp on */
	size_t size;
};

enum stack_end {
	STACK_WHOLE,  /* up to the outermost frame */
	STACK_FULL,   /* there are more frames than were asked for */
	STACK_SHORT,  /* it goes on where the copy has ended */
	STACK_BROKEN, /* it can't be followed */
};

/*
 * Stores up to MAX addresses in PC, innermost first: that of the system call, then return
 * addresses. Returns how many; *end says how it ended, *used how many bytes of the copy were of
 * use.
 */
size_t stack_walk(struct target_code *code, const struct stack_copy *copy, uint64_t *pc, size_t max,
		  enum stack_end *end, size_t *used);

#endif
