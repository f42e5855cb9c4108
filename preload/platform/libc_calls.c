/* SPDX-License-Identifier: MIT */
#include "preload/platform/libc_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stddef.h>
#include "preload/platform/loaded_symbols.h"

/*
 * What another libc than glibc may lack is weak: a program of musl's that inherits LD_PRELOAD is to
 * run, unrecorded, rather than to die of a missing symbol.
 */
extern __typeof__(gnu_get_libc_version) gnu_get_libc_version __attribute__((weak));
extern __typeof__(dladdr1) dladdr1 __attribute__((weak));

/* The order is that of early_calls.S. */
extern void *libc_calls[] __attribute__((visibility("hidden")));

/* In the place of a call that this libc does not have: nobody was compiled to call it. */
static long missing_call(void)
{
	errno = ENOSYS;
	return -1;
}

bool libc_is_known(void)
{
	return gnu_get_libc_version && dladdr1;
}

/*
 * libc's symbols, or NULL. Looked up once: dladdr1() searches all of them for the nearest. Threads
 * that do so at once store the same.
 */
static const struct loaded_symbols *libc_symbols(void)
{
	static struct loaded_symbols symbols;
	static bool found;
	struct loaded_symbols read;
	struct link_map *libc = NULL;
	Dl_info unused;

	if (__atomic_load_n(&found, __ATOMIC_ACQUIRE))
		return &symbols;
	if (!libc_is_known() ||
	    !dladdr1((void *)(size_t)gnu_get_libc_version, &unused, (void **)&libc,
		     RTLD_DL_LINKMAP) ||
	    !libc || !loaded_symbols_read(libc->l_addr, libc->l_ld, &read))
		return NULL;
	symbols = read;
	__atomic_store_n(&found, true, __ATOMIC_RELEASE);
	return &symbols;
}

void *libc_call_find(const char *name)
{
	const struct loaded_symbols *symbols = libc_symbols();
	void *found = symbols ? loaded_symbols_find(symbols, name) : NULL;

	return found ? found : dlsym(RTLD_NEXT, name);
}

void libc_calls_resolve(void)
{
	static const char *const names[] = {
#define LIBC_CALL(symbol, name) #name,
#include "preload/platform/libc_calls.def"
#undef LIBC_CALL
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *found = libc_call_find(names[i]);

		__atomic_store_n(&libc_calls[i], found ? found : (void *)(size_t)missing_call,
				 __ATOMIC_RELEASE);
	}
}
