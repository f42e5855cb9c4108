/* SPDX-License-Identifier: MIT */
/* The recorder's own footing: unloaded code, and what libunwind asks the system for. */
#include "preload/unwind/backtrace.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/real_calls.h"
#include "preload/process/modules.h"
#include "preload/process/visit.h"

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

EXPORTED int dl_iterate_phdr(int (*tell)(struct dl_phdr_info *object, size_t size, void *argument),
			     void *argument)
{
	if (__builtin_expect(backtrace_under_way(), 0) && backtrace_knows_question())
		return backtrace_tell_object(tell, argument);
	return real.dl_iterate_phdr(tell, argument);
}
