/* SPDX-License-Identifier: MIT */
/* The frames of scripts that a thread of another process runs in CPython. */
#ifndef FINLEAK_PYTHON_CHAIN_H
#define FINLEAK_PYTHON_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "analyzer/script_stacks/python_process.h"
#include "preload/recording/recording.h"

struct python_place {
	uint64_t code; /* address of the code object */
	uint32_t at;   /* byte of its code */
	bool ends_run; /* the next one was run by another native frame of the evaluation loop */
};

struct python_chain {
	struct python_place frames[RECORDED_FRAMES_MAX]; /* innermost first */
	size_t count;
	bool cut; /* there are more */
};

/* A frame as it was in the process: words and bytes of it. */
struct python_raw_frame {
	uint64_t code;
	uint64_t instruction;
	uint8_t owner, entry;
};

/*
 * Adds FRAME, which was read earlier and lies outside of those that CHAIN has, to CHAIN. False: it
 * is not what it should be.
 */
bool python_chain_add(struct python_process *python, const struct python_raw_frame *frame,
		      struct python_chain *chain);

/*
 * Reads what thread TID of PYTHON's process runs into CHAIN. False: it runs no script, or runs on
 * too fast to be read.
 */
bool python_chain_read(struct python_process *python, int tid, struct python_chain *chain);

#endif
