/* SPDX-License-Identifier: MIT */
/*
 * One ELF file that an attached process has mapped: where its code lies, and what it has for
 * unwinding. The file is hostile input: it is read, never mapped, so that whoever cuts it short
 * does no harm, and every size in it is checked.
 */
#ifndef FINLEAK_CODE_IMAGE_H
#define FINLEAK_CODE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording/recording.h"
#include "preload/unwind/unwind_program.h"

/* How the caller of a frame is found. */
enum frame_rule_kind {
	FRAME_NO_RULE,   /* this code has no unwind information */
	FRAME_BY_ROW,    /* by the row */
	FRAME_SIGNAL,    /* a signal's frame */
	FRAME_OUTERMOST, /* nobody called it */
	FRAME_BROKEN,    /* its unwind information can't be followed */
};

struct frame_rule {
	enum frame_rule_kind kind;
	struct unwind_row row; /* FRAME_BY_ROW */
};

struct code_image;

/*
 * The open ELF file FD, which stays open; whoever has it already shares it. NULL: it is none for
 * this machine. End with code_image_release().
 */
struct code_image *code_image_of(int fd);
struct code_image *code_image_share(struct code_image *image);
void code_image_release(struct code_image *image);

/*
 * The file is mapped executable so that its byte OFFSET is at ADDRESS. *bias gets the address in
 * memory less the one in the file; [*start, *end) its segments in memory. False: no segment has
 * that byte.
 */
bool code_image_place(const struct code_image *image, uint64_t offset, uint64_t address,
		      uint64_t *bias, uint64_t *start, uint64_t *end);

/* Fills build-id, file size and time of change into MODULE. */
void code_image_describe(const struct code_image *image, struct recorded_module *module);

/* Does the file have at ADDRESS, as it counts, what can't be executed? */
bool code_image_is_data(const struct code_image *image, uint64_t address);

/* Was it linked by Go's linker? Then frame pointers lead through its stacks. */
bool code_image_is_go(const struct code_image *image);

/*
 * How to step over a frame whose instruction is at ADDRESS, as the file counts. What was worked out
 * once is remembered; valid until the next call.
 */
const struct frame_rule *code_image_rule(struct code_image *image, uint64_t address);

/*
 * Does ADDRESS, as the file counts, follow a call of code without unwind information, in a function
 * that has some? True for programs that are linked statically only: their libc (musl) may have no
 * unwind information.
 */
bool code_image_is_return(struct code_image *image, uint64_t address);

#endif
