/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_memory.h"

#include <string.h>
#include "preload/runtimes/python/python_layouts.h"
#include "preload/platform/readable.h"

#define RIGHTS_NEEDED 16u
#if defined(__x86_64__)
#define ADDRESS_BITS 47 /* a program's own */
#else
#define ADDRESS_BITS 52
#endif
#define DOUBTS_MAX 64u

static unsigned int rights; /* RIGHTS_NEEDED: the layout is proven */
static unsigned int doubts;

/* The types' addresses, learned by their names: an address in the interpreter's symbols may be that
 * of an original whose copy is in use (copy relocation). */
static const void *known_types[PYTHON_TYPES];

bool python_may_read(const void *place, size_t size)
{
	uintptr_t first = (uintptr_t)place, last = first + size - 1, page;

	if (first < READABLE_PAGE || last < first || (uint64_t)last >> ADDRESS_BITS)
		return false;
	if (__atomic_load_n(&rights, __ATOMIC_ACQUIRE) >= RIGHTS_NEEDED)
		return true;
	if (__atomic_load_n(&doubts, __ATOMIC_RELAXED) > DOUBTS_MAX)
		return false;
	for (page = first & ~(READABLE_PAGE - 1); page <= last; page += READABLE_PAGE)
		if (!readable(page < first ? first : page))
			return false;
	return true;
}

static bool has_name(const void *type, const char *name)
{
	const char *found;

	if (!python_may_read(type, TYPE_NAME + sizeof(found)))
		return false;
	found = python_pointer(type, TYPE_NAME);
	return python_may_read(found, strlen(name) + 1) && strcmp(found, name) == 0;
}

bool python_is(const void *place, enum python_type type, size_t size)
{
	static const char *const names[PYTHON_TYPES] = {
		[PYTHON_CODE] = "code",
		[PYTHON_TEXT] = "str",
		[PYTHON_BYTES] = "bytes",
	};
	const void *known = __atomic_load_n(&known_types[type], __ATOMIC_RELAXED);
	const void *found;

	if ((uintptr_t)place % sizeof(void *) || !python_may_read(place, size))
		return false;
	found = python_pointer(place, OBJECT_TYPE);
	if (known)
		return found == known;
	if (!has_name(found, names[type]))
		return false;
	__atomic_store_n(&known_types[type], found, __ATOMIC_RELAXED);
	return true;
}

void python_memory_trust(void)
{
	if (__atomic_load_n(&rights, __ATOMIC_RELAXED) < RIGHTS_NEEDED)
		__atomic_fetch_add(&rights, 1, __ATOMIC_RELEASE);
}

void python_memory_doubt(void)
{
	__atomic_store_n(&rights, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&doubts, 1, __ATOMIC_RELAXED);
}
