/* SPDX-License-Identifier: MIT */
/* Of a recording (recording.h): stacks, and the modules and scripts that their frames lie in. */
#ifndef FINLEAK_RECORDED_STACK_H
#define FINLEAK_RECORDED_STACK_H

#include <stdbool.h>
#include <stdint.h>

#define RECORDED_STACK_UNIT   8u /* bytes of the section that a stack id counts */
#define RECORDED_FRAMES_MAX   256u
#define RECORDED_BUILD_ID_MAX 32u

/*
 * SECTION_STACKS: return addresses, innermost first, frames of libfinleak itself left out. Where an
 * interpreter ran a script, the script's frames stand in the place of the interpreter's: each is a
 * row of SECTION_SCRIPTS, spelled as an address that no code can have.
 */
struct recorded_stack {
	uint32_t hash;
	uint16_t frames;
	uint16_t cut; /* 1: more frames than frames_limit, or it could not be followed further */
	uint32_t seq; /* module_seq when it was taken: which modules were where */
	uint32_t reserved;
	uint64_t pc[];
};

/* Bits 63 ... 32 of a script frame; below them is its row. Not canonical, so never an address. */
#define RECORDED_SCRIPT_FRAME 0x8000000000000000ull

static inline bool recorded_is_script(uint64_t pc)
{
	return pc >> 32 == RECORDED_SCRIPT_FRAME >> 32;
}

static inline uint32_t recorded_script_row(uint64_t pc)
{
	return (uint32_t)pc;
}

/* SECTION_SCRIPTS */
struct recorded_script {
	uint32_t file; /* offsets in SECTION_STRINGS, NUL-terminated; UTF-8, where the script's */
	uint32_t function; /* names are. Both cut when very long. */
	uint32_t line;     /* from 1; 0 unknown */
	uint32_t language; /* its name's offset in SECTION_STRINGS, plus 1; 0: an older writer */
};

/*
 * SECTION_MODULES. An address belongs, for a stack of sequence `seq`, to the module that covers
 * it and has the greatest loaded_seq that is not greater than `seq`.
 */
struct recorded_module {
	uint64_t start; /* address range of its segments in memory */
	uint64_t end;
	uint64_t bias;         /* address in memory - address in the file's symbol table */
	uint64_t file_size;    /* of the file at load time, and its mtime: distinguish a rebuilt one
				  without */
	int64_t file_mtime_ns; /* build-id; 0 unknown (vdso, deleted file) */
	uint32_t loaded_seq;
	uint32_t unloaded_seq;  /* 0: still there */
	uint32_t path;          /* offset in SECTION_STRINGS, NUL-terminated */
	uint32_t build_id_size; /* bytes; 0: it has none */
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
};

#endif
