/* SPDX-License-Identifier: MIT */
#include "preload/real_calls.h"

struct real_calls real_calls;

/*
 * dlsym allocates only when a name is missing (for its error text). All names of the list that
 * every glibc has come first by construction of the table's order in use: an allocator that reads
 * or closes a file while it starts then finds its calls resolved already.
 */
void real_calls_resolve(void)
{
	static const struct {
		const char *name;
		size_t place;
	} calls[] = {
#define INTERPOSED(name, family, news) { #name, offsetof(struct real_calls, name) },
#include "interposed_calls.def"
#undef INTERPOSED
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		void **slot = (void **)((char *)&real_calls + calls[i].place);
		void *found;

		if (__atomic_load_n(slot, __ATOMIC_RELAXED))
			continue;
		found = dlsym(RTLD_NEXT, calls[i].name);
		if (found)
			__atomic_store_n(slot, found, __ATOMIC_RELEASE);
	}
}

void *real_calls_resolve_at(size_t place)
{
	real_calls_resolve();
	return *(void **)((char *)&real_calls + place);
}
