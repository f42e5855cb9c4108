/* SPDX-License-Identifier: MIT */
/*
 * Where CPython keeps what a traceback is made of: offsets in its structures, in bytes, one set for
 * each minor version (a minor version's structures do not change). 64-bit machines, builds with
 * the GIL and without Py_TRACE_REFS. For the recorder, and for the analyzer, which reads the memory
 * of another process.
 */
#ifndef FINLEAK_PYTHON_LAYOUTS_H
#define FINLEAK_PYTHON_LAYOUTS_H

#include <stdbool.h>
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

	/* For who is not one of the threads: from _PyRuntime to their states. */
	uint16_t runtime_interpreters; /* _PyRuntimeState.interpreters.head */
	uint16_t interpreter_next;
	uint16_t interpreter_threads; /* the head of the list of PyThreadState */
	uint16_t thread_pthread;      /* PyThreadState.thread_id, what pthread_self() returns */
	uint16_t thread_native;       /* ... and what gettid() does; NO_NATIVE_ID before 3.11 */
};

#define NO_CFRAME    0xffff
#define NO_NATIVE_ID 0xffff

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
#define CODE_UNIT        2  /* bytes of _Py_CODEUNIT */
#define THREAD_NEXT      8  /* PyThreadState.next */
#define THREAD_OF        16 /* PyThreadState.interp */

/* The layout of CPython 3.MINOR, or NULL. */
const struct python_layout *python_layout_of(unsigned int minor);

/* From 3.13 on _PyRuntime begins with the offsets in use, so many words of 64 bits. */
#define DEBUG_OFFSETS       44
#define DEBUG_OFFSETS_SINCE 13

/*
 * Do the OFFSETS that an interpreter gives of itself agree with LAYOUT? A build without the GIL has
 * others.
 */
bool python_layout_confirmed(const struct python_layout *layout, const uint64_t *offsets);

/*
 * Takes from OFFSETS the way from _PyRuntime to a thread's state, which the structures of one minor
 * version do not keep to. False: they can't be offsets.
 */
bool python_layout_take(struct python_layout *layout, const uint64_t *offsets);

#endif
