/* SPDX-License-Identifier: MIT */
#include "preload/unwind/libunwind.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <dlfcn.h>
#include "preload/platform/real_calls.h"

#define QUOTE(text)          #text
#define QUOTE_EXPANDED(text) QUOTE(text)

/*
 * libunwind is opened RTLD_LOCAL, not linked: it exports _Unwind_RaiseException and backtrace(),
 * and a program that finds them in the global scope would throw its exceptions through it.
 */
static struct {
	__typeof__(unw_backtrace) *backtrace;
	/* The cursor: fills a context, then steps. */
	int (*getcontext)(unw_context_t *context);
	__typeof__(unw_init_local) *init_local;
	__typeof__(unw_step) *step;
	__typeof__(unw_get_reg) *get_reg;
	__typeof__(unw_flush_cache) *flush_cache;
	unw_addr_space_t *local_address_space;
} unwinder;

static bool only_cursor;

bool libunwind_start(void)
{
	void *library = real.dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	unwinder.backtrace = dlsym(library, "unw_backtrace");
	unwinder.init_local = dlsym(library, QUOTE_EXPANDED(unw_init_local));
	unwinder.step = dlsym(library, QUOTE_EXPANDED(unw_step));
	unwinder.get_reg = dlsym(library, QUOTE_EXPANDED(unw_get_reg));
	unwinder.flush_cache = dlsym(library, QUOTE_EXPANDED(unw_flush_cache));
	unwinder.local_address_space = dlsym(library, QUOTE_EXPANDED(unw_local_addr_space));
#if defined(__x86_64__)
	unwinder.getcontext = dlsym(library, "_Ux86_64_getcontext");
#endif
	return unwinder.backtrace != NULL;
}

void libunwind_use_cursor(void)
{
	__atomic_store_n(&only_cursor, true, __ATOMIC_RELAXED);
}

void libunwind_forget(void)
{
	if (unwinder.flush_cache && unwinder.local_address_space)
		unwinder.flush_cache(*unwinder.local_address_space, 0, 0);
}

static size_t walk_cursor(void **frames, size_t max)
{
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc;
	size_t n = 0;

#if defined(__x86_64__)
	if (!unwinder.getcontext || !unwinder.init_local || !unwinder.step || !unwinder.get_reg)
		return 0;
	unwinder.getcontext(&context);
#else
	unw_tdep_getcontext(&context);
#endif
	if (unwinder.init_local(&cursor, &context) < 0)
		return 0;
	while (n < max && unwinder.get_reg(&cursor, UNW_REG_IP, &pc) == 0 && pc) {
		frames[n++] = (void *)pc;
		if (unwinder.step(&cursor) <= 0)
			break;
	}
	return n;
}

size_t libunwind_walk(void **frames, size_t max)
{
	int taken;

	if (!unwinder.backtrace)
		return 0;
	if (__atomic_load_n(&only_cursor, __ATOMIC_RELAXED))
		return walk_cursor(frames, max);
	taken = unwinder.backtrace(frames, (int)max);
	return taken > 0 ? (size_t)taken : 0;
}
