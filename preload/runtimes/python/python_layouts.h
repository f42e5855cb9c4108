/* SPDX-License-Identifier: MIT */
/*
 * Where CPython keeps what a traceback is made of: offsets in its structures, in bytes, one set for
 * each minor version (a minor version's structures do not change). 64-bit machines, builds with
 * the GIL and without Py_TRACE_REFS.
 */
#ifndef FINLEAK_PYTHON_LAYOUTS_H
#define FINLEAK_PYTHON_LAYOUTS_H

#include <stdint.h>

/* How a code object gives lines: Objects/lnotab_notes.txt, Objects/locations.md in CPython. */
enum python_line_table {
	LINES_LNOTAB,    /* 3.9 */
	LINES_PAIRS,     /* 3.10, PEP 626 */
	LINES_LOCATIONS, /* 3.11 and later, PEP 657 */
};

/* Which frames one run of the evaluation loop (one native frame) has executed. */
enum python_native_runs {
	RUN_FOR_EACH_FRAME,  /* before 3.11 */
	RUN_BEGINS_AT_ENTRY, /* 3.11: a frame with is_entry is the outermost of its run */
	RUN_BEGINS_AT_SHIM,  /* 3.12 and later: a frame on the C stack lies behind it */
};

struct python_layout {
	unsigned int minor;
	enum python_line_table line_table;
	enum python_native_runs runs;

	uint16_t thread_frame; /* PyThreadState: the frame, or the cframe that has it */
	uint16_t cframe_frame; /* _PyCFrame.current_frame; NO_CFRAME: there is no cframe */

	uint16_t frame_size; /* as much of a frame as is read */
	uint16_t frame_code;
	uint16_t frame_previous;
	uint16_t frame_instruction; /* address; before 3.11 an index in bytes or code units */
	uint16_t frame_owner;       /* 3.11 and later */
	uint16_t frame_entry;       /* RUN_BEGINS_AT_ENTRY */
	uint16_t index_unit;        /* bytes for each step of the index; 0: it is an address */

	uint16_t code_size;
	uint16_t code_first_line;
	uint16_t code_file;
	uint16_t code_function;
	uint16_t code_lines;
	uint16_t code_first_traceable; /* with index_unit 0: code units before it are a prologue */
	uint16_t code_instructions;

	uint16_t ascii_size;   /* sizeof(PyASCIIObject): behind it an ASCII string's text */
	uint16_t compact_size; /* sizeof(PyCompactUnicodeObject): behind it any other text */
};

#define NO_CFRAME 0xffff

/* What is the same in all of them. */
#define OBJECT_TYPE      8                  /* PyObject.ob_type */
#define TYPE_NAME        24                 /* PyTypeObject.tp_name */
#define BYTES_SIZE       16                 /* PyBytesObject.ob_size */
#define BYTES_TEXT       32                 /* PyBytesObject.ob_sval */
#define TEXT_LENGTH      16                 /* PyASCIIObject.length, in characters */
#define TEXT_STATE       32                 /* PyASCIIObject.state */
#define TEXT_KIND(state) ((state) >> 2 & 7) /* bytes for each character */
#define TEXT_COMPACT     0x20u
#define TEXT_ASCII       0x40u
#define OWNER_GENERATOR  1 /* enum _frameowner */
#define OWNER_C_STACK    3
#define CODE_UNIT        2 /* bytes of _Py_CODEUNIT */

/* The layout of CPython 3.MINOR, or NULL. */
const struct python_layout *python_layout_of(unsigned int minor);

#endif
