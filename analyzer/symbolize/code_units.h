/* SPDX-License-Identifier: MIT */
/*
 * What the debug information of one module has on an address: the function, the functions
 * inlined into it there, and the line. Each compilation unit that an address lies in is indexed
 * once.
 *
 * Debug information is hostile input. It is walked without recursion (libdw's own dwarf_getscopes
 * recurses as deep as the file demands), to a limited depth.
 */
#ifndef FINLEAK_CODE_UNITS_H
#define FINLEAK_CODE_UNITS_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>

struct code_units;
struct function_index;

/* Strings are borrowed from the module's debug information. */
struct code_frame {
	const char *function;  /* NULL unknown; the linker's name where there is one */
	const char *file;      /* NULL unknown; relative to directory unless absolute */
	const char *directory; /* NULL unknown; where the compiler ran */
	unsigned int line;     /* 0 unknown */
	bool inlined;          /* into the next frame */
};

/*
 * The units of MODULE, which must outlive them; NULL where it has no debug information. Loads the
 * debug information, which may start a download (debuginfod). Free them with
 * code_units_free().
 */
struct code_units *code_units_new(Dwfl_Module *module);
void code_units_free(struct code_units *units);

/*
 * The frames at ADDRESS (of the module, as Dwfl counts), innermost first, at most MAX (> 0).
 * Returns how many; 0 where the debug information does not cover it. Where only the line is known
 * the one frame has function NULL.
 */
size_t code_units_frames(struct code_units *units, Dwarf_Addr address, struct code_frame *frames,
			 size_t max);

/*
 * For tail_calls.h: the index of the unit that covers ADDRESS (NULL: none does), and *pc, ADDRESS
 * as the debug information counts.
 */
struct function_index *code_units_index(struct code_units *units, Dwarf_Addr address,
					Dwarf_Addr *pc);

/* The name of the function of DIE as the linker knows it; NULL unknown. */
const char *code_units_function(Dwarf_Die *die);

/* Fills in the line at ADDRESS: FRAME's file, directory and line, the rest is zeroed. */
void code_units_line(struct code_units *units, Dwarf_Addr address, struct code_frame *frame);

/* Where PC of the debug information is in the module, as Dwfl counts. */
Dwarf_Addr code_units_address(const struct code_units *units, Dwarf_Addr pc);

#endif
