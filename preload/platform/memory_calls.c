/* SPDX-License-Identifier: MIT */
#include "preload/platform/memory_calls.h"

#include <string.h>
#include "preload/platform/libc_calls.h"

/* Keeps a compiler from making a call of the very function out of its loop. */
static inline void keep_loop(void)
{
	__asm__ volatile("" ::: "memory");
}

static void *copy_slowly(void *restrict to, const void *restrict from, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
		keep_loop();
	}
	return to;
}

static void *set_slowly(void *place, int value, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		((unsigned char *)place)[i] = (unsigned char)value;
		keep_loop();
	}
	return place;
}

static int compare_slowly(const void *one, const void *other, size_t size)
{
	const unsigned char *a = one, *b = other;
	size_t i;

	for (i = 0; i < size; i++) {
		if (a[i] != b[i])
			return a[i] - b[i];
		keep_loop();
	}
	return 0;
}

static struct {
	__typeof__(memcpy) *copy;
	__typeof__(memset) *set;
	__typeof__(memcmp) *compare;
} calls = { copy_slowly, set_slowly, compare_slowly };

/* Hidden: the linker binds our own calls to them, the compiler's included, and nobody else's. */
#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return calls.copy(to, from, size);
}

HIDDEN void *memset(void *place, int value, size_t size)
{
	return calls.set(place, value, size);
}

HIDDEN int memcmp(const void *one, const void *other, size_t size)
{
	return calls.compare(one, other, size);
}

void memory_calls_start(void)
{
	void *copy = libc_call_find("memcpy");
	void *set = libc_call_find("memset");
	void *compare = libc_call_find("memcmp");

	if (copy)
		calls.copy = (__typeof__(calls.copy))copy;
	if (set)
		calls.set = (__typeof__(calls.set))set;
	if (compare)
		calls.compare = (__typeof__(calls.compare))compare;
}
