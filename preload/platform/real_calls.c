/* SPDX-License-Identifier: MIT */
#include "preload/platform/real_calls.h"

#include <errno.h>
#include "preload/platform/libc_calls.h"
#include "preload/platform/memory_calls.h"

struct real_calls real = {
#define INTERPOSED(name, family, news) .name = early_##name,
#include "preload/calls/interposed_calls.def"
#undef INTERPOSED
};

/* In the place of a call that this libc does not have: no program can be linked to it. */
static long missing_call(void)
{
	errno = ENOSYS;
	return -1;
}

/*
 * dlsym allocates only when a name is missing (for its error text), and an allocator may read and
 * close files while it starts: what is found is in force at once, name by name.
 */
void real_calls_resolve(void)
{
	static const struct {
		const char *name;
		size_t place;
	} calls[] = {
#define INTERPOSED(name, family, news) { #name, offsetof(struct real_calls, name) },
#include "preload/calls/interposed_calls.def"
#undef INTERPOSED
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		void **place = (void **)((char *)&real + calls[i].place);
		void *found = dlsym(RTLD_NEXT, calls[i].name);

		__atomic_store_n(place, found ? found : (void *)missing_call, __ATOMIC_RELEASE);
	}
	libc_calls_resolve();
	memory_calls_start();
}
