/* SPDX-License-Identifier: MIT */
/*
 * Reads .eh_frame, by the sorted table of .eh_frame_hdr: what an object has for unwinding one
 * of its functions. No state: the bytes may be those of a loaded object, or a copy of a file's.
 * Signal-safe, any thread.
 *
 * A linker's mistake or a damaged file must not end the program: nothing is read outside the
 * segment that the tables lie in, whatever their counts, offsets and lengths say.
 */
#ifndef FINLEAK_UNWIND_ENTRY_H
#define FINLEAK_UNWIND_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/unwind/unwind_bytes.h"

/* A function's frame description entry, together with the common one that it refers to. */
struct unwind_entry {
	uint64_t start, end; /* of its code */
	uint64_t code_unit;  /* factors of the programs' operands */
	int64_t place_unit;
	uint64_t return_column; /* which register the return address counts as */
	uint8_t pointers;       /* how the programs write addresses */
	bool is_signal;         /* entered by a signal, not by a call */
	struct unwind_bytes common_program;
	struct unwind_bytes program;
};

enum unwind_found {
	UNWIND_FOUND,
	UNWIND_NO_ENTRY,      /* loaded code without unwind information */
	UNWIND_UNREAD_FORM,   /* it has some, of a form that is not read here */
	UNWIND_OUT_OF_BOUNDS, /* it has some that leads out of its segment: nobody must follow it */
	UNWIND_NOT_LOADED,    /* code that was made at run time, or no code */
};

/* An object's .eh_frame_hdr, and the segment that it lies in: [START, END), which is in memory. */
struct unwind_header {
	const uint8_t *header; /* NULL: there is none */
	const uint8_t *start, *end;
};

/*
 * Stores what the tables of HEADER say of the instruction at ADDRESS in *entry, which refers to the
 * segment. ADDRESS, as all addresses in *entry, is where the code lies, or would lie, beside the
 * segment: it is not read. Never UNWIND_NOT_LOADED.
 */
enum unwind_found unwind_entry_find(const struct unwind_header *header, uint64_t address,
				    struct unwind_entry *entry);

/*
 * Stores the entry AT bytes from HEADER's place, which need not be a header then, in *entry.
 * Anything but UNWIND_FOUND: there is none (a common entry), or it can't be read.
 */
enum unwind_found unwind_entry_read(const struct unwind_header *header, int64_t at,
				    struct unwind_entry *entry);

#endif
