/* SPDX-License-Identifier: MIT */
/* The recorder's own footing: unloaded code, and what libunwind asks the system for. */
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include "preload/unwind/backtrace.h"
#include "preload/events/events.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/deep_bound.h"
#include "preload/platform/real_calls.h"
#include "preload/process/modules.h"
#include "preload/process/visit.h"

/* In dlopen_call.S. */
void *dlopen_for(const char *path, int flags);

static void *dlopen_deep(const char *path, int flags)
{
	uint64_t loaded = deep_bound_count();
	void *library = real.dlopen(path, flags);

	if (library && deep_bound_count() != loaded) {
		deep_bound_redirect(library, loaded);
		/* By its constructors. */
		note_unrecorded_opened();
	}
	return library;
}

/*
 * By dlopen_call.S: what PATH is to be opened by. A path does not depend on who asks for it; a name
 * does, and so the call must be its caller's own.
 */
void *dlopen_for(const char *path, int flags)
{
	if (!(flags & RTLD_DEEPBIND) || !(flags & RTLD_BINDING_MASK) || !path ||
	    !strchr(path, '/') || strchr(path, '$'))
		return (void *)(uintptr_t)real.dlopen;
	return (void *)(uintptr_t)dlopen_deep;
}

EXPORTED int dlclose(void *library)
{
	int result = real.dlclose(library);
	struct visit visit;

	if (result == 0)
		backtrace_after_dlclose();
	if (result == 0 && visit_begin(&visit)) {
		if (ledger_is_open(visit.ledger))
			modules_after_dlclose(visit.ledger);
		visit_end(&visit);
	}
	return result;
}

EXPORTED int pipe2(int ends[2], int flags)
{
	if (__builtin_expect(backtrace_under_way(), 0)) {
		backtrace_give_pipe(ends);
		return 0;
	}
	return real.pipe2(ends, flags);
}

typedef int visit_object(struct dl_phdr_info *object, size_t size, void *argument);

struct listing {
	visit_object *visit;
	void *argument;
	struct dl_phdr_info own;
	size_t own_size; /* 0: not met yet */
};

extern const char own_image[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

static int visit_but_own(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct listing *listing = argument;

	if (object->dlpi_addr != (uintptr_t)own_image)
		return listing->visit(object, size, listing->argument);
	listing->own_size = size < sizeof(*object) ? size : sizeof(*object);
	memcpy(&listing->own, object, listing->own_size);
	return 0;
}

/*
 * The recorder comes last. ASan ends a program in which another library comes before its own, which
 * a preloaded one does.
 */
EXPORTED int dl_iterate_phdr(visit_object *visit, void *argument)
{
	struct listing listing = { .visit = visit, .argument = argument };
	int result;

	if (__builtin_expect(backtrace_under_way(), 0) && backtrace_knows_question())
		return backtrace_show_object(visit, argument);
	result = real.dl_iterate_phdr(visit_but_own, &listing);
	if (result != 0 || listing.own_size == 0)
		return result;
	return visit(&listing.own, listing.own_size, argument);
}
