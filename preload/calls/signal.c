/* SPDX-License-Identifier: MIT */
/*
 * Signals that a process sends itself to end by them: handlers close everything, restore the
 * default and raise the signal again, so that the parent sees how it ended. And sigaltstack: where
 * a handler has little stack, the recorder must not use it up.
 */
#include <signal.h>
#include "preload/calls/own_signal.h"
#include "preload/process/process.h"
#include "preload/unwind/backtrace.h"
#include "preload/platform/real_calls.h"
#include "preload/platform/thread.h"

EXPORTED void abort(void)
{
	/* A handler of the program runs first, and closes what it closes at the end. */
	process_before_own_signal();
	real.abort();
	__builtin_unreachable();
}

EXPORTED int raise(int number)
{
	own_signal_before(0, number);
	return real.raise(number);
}

EXPORTED int kill(pid_t pid, int number)
{
	own_signal_before(pid, number);
	return real.kill(pid, number);
}

EXPORTED int tgkill(pid_t pid, pid_t thread, int number)
{
	own_signal_before(pid, number);
	return real.tgkill(pid, thread, number);
}

EXPORTED int pthread_kill(pthread_t thread, int number)
{
	own_signal_before(0, number);
	return real.pthread_kill(thread, number);
}

EXPORTED int sigqueue(pid_t pid, int number, const union sigval value)
{
	own_signal_before(pid, number);
	return real.sigqueue(pid, number, value);
}

EXPORTED int sigaltstack(const stack_t *restrict stack, stack_t *restrict before)
{
	int result = real.sigaltstack(stack, before);

	if (result == 0 && stack && thread_storage_is_set_up())
		backtrace_know_alternate_stack(stack->ss_sp,
					       stack->ss_flags & SS_DISABLE ? 0 : stack->ss_size);
	return result;
}
