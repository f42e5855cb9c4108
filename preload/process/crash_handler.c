/* SPDX-License-Identifier: MIT */
#include "preload/process/crash_handler.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/raw_calls.h"
#include "preload/platform/readable.h"
#include "preload/platform/signal_action.h"
#include "preload/process/visit.h"
#include "preload/unwind/unwind_signal.h"

#define BIT(number) (UINT64_C(1) << ((number)-1))

/* Not SIGTRAP and SIGSYS: who handles these lives by them. */
#define CRASHES (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGABRT))

/* The kernel's ucontext ends with a mask of its own size; behind it comes the siginfo. */
#define SIGINFO_OFFSET (offsetof(ucontext_t, uc_sigmask) + SIGNAL_MASK_SIZE)

static __thread bool is_noted __attribute__((tls_model("initial-exec"))); /* by this thread */
static uint64_t opened_before; /* sockets that were opened before the crash that is noted */

/* Do the handlers of all signals of MASK get a siginfo? */
static bool get_siginfo(uint64_t mask)
{
	int number;

	for (number = 1; number < NSIG; number++) {
		struct signal_action action;

		if (mask & BIT(number) && signal_action_of(number, &action) &&
		    action.handler > (uintptr_t)SIG_IGN && !(action.flags & SA_SIGINFO))
			return false;
	}
	return true;
}

/*
 * Does the handler whose frame is at CONTEXT handle a crash? What was blocked when it was entered
 * is its signal, and what it asked to have blocked besides: then its siginfo answers, if the kernel
 * has written one.
 */
static bool handles_crash(uint64_t context)
{
	uint64_t blocked = 0, before, entered;
	int number;

	if (raw_call(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)(uintptr_t)&blocked,
		     SIGNAL_MASK_SIZE) < 0)
		return false;
	memcpy(&before, (const void *)(context + offsetof(ucontext_t, uc_sigmask)), sizeof(before));
	entered = blocked & ~before;
	if (!(entered & CRASHES))
		return false;
	if ((entered & ~CRASHES) == 0)
		return true;
	if (!get_siginfo(entered) || !readable(context + SIGINFO_OFFSET))
		return false;
	memcpy(&number, (const void *)(context + SIGINFO_OFFSET), sizeof(number));
	return number > 0 && number < NSIG && BIT(number) & CRASHES;
}

void crash_handler_note(const struct visit *visit)
{
	struct recording_header *header = visit->ledger->header;
	uint64_t opened = __atomic_load_n(&header->opened, __ATOMIC_RELAXED);
	uint64_t context = unwind_signal_context;

	if (__builtin_expect(context == 0, 1)) {
		if (__builtin_expect(is_noted, 0))
			__atomic_store_n(&header->crashed_ns, 0, __ATOMIC_RELAXED);
		is_noted = false;
		return;
	}
	/* A forked child has what its parent's thread had noted. */
	if (is_noted && header->crashed_ns && opened == opened_before)
		return;
	if (!handles_crash(context))
		return;
	is_noted = true;
	opened_before = opened;
	__atomic_store_n(&header->crashed_ns, clock_now(), __ATOMIC_RELEASE);
}
