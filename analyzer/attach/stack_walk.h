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
#include "preload/recording/recording.h"

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

/* Where the place of a return address is not known. */
#define STACK_NO_PLACE UINT32_MAX

struct walked_stack {
	size_t count;
	uint64_t pc[RECORDED_FRAMES_MAX];    /* innermost first: the system call's, then return
						addresses */
	uint32_t place[RECORDED_FRAMES_MAX]; /* of each in the copy, bytes; not the first's */
	enum stack_end end;
	size_t used; /* bytes of the copy that were of use */
};

/* Walks COPY, a stack of a thread that runs CODE. */
void stack_walk(struct target_code *code, const struct stack_copy *copy,
		struct walked_stack *walked);

#endif
