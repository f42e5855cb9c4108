/* SPDX-License-Identifier: MIT */
/*
 * Reads CPython's objects without its help, so that a wrong idea of where things are does no harm.
 * Each page is asked of the kernel before it is touched, until several whole tracebacks have come
 * out right: every object of the type it must be, and as many runs of the evaluation loop as the
 * native stack has. From then on the layout counts as proven and memory is read directly: the
 * frames of a thread, and what they refer to, stay as they are while the thread is inside a call.
 * Signal-safe, any thread.
 */
#ifndef FINLEAK_PYTHON_MEMORY_H
#define FINLEAK_PYTHON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum python_type {
	PYTHON_CODE,
	PYTHON_TEXT,  /* str */
	PYTHON_BYTES, /* bytes */
	PYTHON_TYPES,
};

/* May SIZE bytes at PLACE be read? Once the layout is proven: yes, unless PLACE can't be one. */
bool python_may_read(const void *place, size_t size);

/* Is there an object of this very type (no subclass) at PLACE, of at least SIZE bytes? */
bool python_is(const void *place, enum python_type type, size_t size);

/* A traceback came out right. */
void python_memory_trust(void);

/* One could not be read: all begins again. After many of these nothing may be read any more. */
void python_memory_doubt(void);

/* Built in: the recorder is compiled with -fno-builtin, and these are loads, not calls. */
static inline const void *python_pointer(const void *object, size_t offset)
{
	const void *value;

	__builtin_memcpy(&value, (const char *)object + offset, sizeof(value));
	return value;
}

static inline int64_t python_word(const void *object, size_t offset)
{
	int64_t value;

	__builtin_memcpy(&value, (const char *)object + offset, sizeof(value));
	return value;
}

static inline int32_t python_int(const void *object, size_t offset)
{
	int32_t value;

	__builtin_memcpy(&value, (const char *)object + offset, sizeof(value));
	return value;
}

static inline uint8_t python_byte(const void *object, size_t offset)
{
	return ((const uint8_t *)object)[offset];
}

#endif
