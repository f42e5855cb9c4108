/* SPDX-License-Identifier: MIT */
/* sigaltstack: where a handler has little stack, the recorder must not use it up. */
#include <signal.h>
#include "preload/unwind/backtrace.h"
#include "preload/platform/real_calls.h"
#include "preload/platform/thread.h"

EXPORTED int sigaltstack(const stack_t *restrict stack, stack_t *restrict before)
{
	int result = real.sigaltstack(stack, before);

	if (result == 0 && stack && thread_storage_is_set_up())
		backtrace_know_alternate_stack(stack->ss_sp,
					       stack->ss_flags & SS_DISABLE ? 0 : stack->ss_size);
	return result;
}
