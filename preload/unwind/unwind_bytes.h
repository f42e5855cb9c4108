/* SPDX-License-Identifier: MIT */
/* Reads the encodings of .eh_frame. Signal-safe, any thread. */
#ifndef FINLEAK_UNWIND_BYTES_H
#define FINLEAK_UNWIND_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to read. */
struct unwind_bytes {
	const uint8_t *at, *end;
	bool bad; /* something was asked for that is not there: all later values are 0 */
};

/* How a pointer is written (DW_EH_PE_*): a format, and what it is relative to. */
#define UNWIND_POINTER_FORMAT   0x0f
#define UNWIND_POINTER_RELATIVE 0xf0
#define UNWIND_POINTER_OMITTED  0xff

static inline bool unwind_has(struct unwind_bytes *bytes, size_t size)
{
	if (!bytes->bad && (size_t)(bytes->end - bytes->at) >= size)
		return true;
	bytes->bad = true;
	return false;
}

/* An unsigned number of SIZE bytes: 1, 2, 4 or 8. */
static inline uint64_t unwind_number(struct unwind_bytes *bytes, size_t size)
{
	uint64_t value = 0;

	if (!unwind_has(bytes, size))
		return 0;
	__builtin_memcpy(&value, bytes->at, size);
	bytes->at += size;
	return value;
}

static inline uint8_t unwind_byte(struct unwind_bytes *bytes)
{
	return unwind_has(bytes, 1) ? *bytes->at++ : 0;
}

/* LEB128: 7 bits a byte. *bits: how many there were; the last byte into *last. */
static inline uint64_t unwind_leb128(struct unwind_bytes *bytes, unsigned int *bits, uint8_t *last)
{
	uint64_t value = 0;

	*bits = 0;
	do {
		*last = unwind_byte(bytes);
		if (*bits < 64)
			value |= (uint64_t)(*last & 0x7f) << *bits;
		*bits += 7;
	} while (*last & 0x80);
	return value;
}

static inline uint64_t unwind_unsigned(struct unwind_bytes *bytes)
{
	unsigned int bits;
	uint8_t last;

	return unwind_leb128(bytes, &bits, &last);
}

static inline int64_t unwind_signed(struct unwind_bytes *bytes)
{
	unsigned int bits;
	uint8_t last;
	uint64_t value = unwind_leb128(bytes, &bits, &last);

	if (bits < 64 && last & 0x40)
		value |= ~0ull << bits;
	return (int64_t)value;
}

/* The next SIZE bytes, for themselves. */
static inline struct unwind_bytes unwind_part(struct unwind_bytes *bytes, uint64_t size)
{
	struct unwind_bytes part = { .bad = true };

	if (!unwind_has(bytes, size))
		return part;
	part = (struct unwind_bytes){ .at = bytes->at, .end = bytes->at + size };
	bytes->at += size;
	return part;
}

/*
 * A pointer, absolute or relative to its own place; written otherwise it is bad. What is written
 * "indirect" is not followed: nobody needs the routines that are.
 */
uint64_t unwind_pointer(struct unwind_bytes *bytes, uint8_t encoding);

#endif
