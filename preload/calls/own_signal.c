/* SPDX-License-Identifier: MIT */
#include "preload/calls/own_signal.h"

#include <signal.h>
#include <stdbool.h>
#include "preload/platform/raw_calls.h"
#include "preload/process/process.h"
#include "preload/process/visit.h"

/* The kernel's own: a bit for each of its 64 signals. */
#define KERNEL_MASK_SIZE 8

/* Of rt_sigaction(2), what is asked of it: the rest differs between architectures. */
struct kernel_action {
	uintptr_t handler; /* 0: SIG_DFL */
	uint64_t rest[7];
};

static bool is_harmless(int number)
{
	return number == SIGCHLD || number == SIGCONT || number == SIGURG || number == SIGWINCH ||
	       number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

/* Does a signal to PID reach the calling process? */
static bool reaches_us(pid_t pid)
{
	if (pid > 0)
		return pid == raw_call(SYS_getpid, 0, 0, 0, 0);
	/* -1 is everyone but the sender. */
	return pid == 0 || (pid < -1 && -pid == raw_call(SYS_getpgid, 0, 0, 0, 0));
}

/* Is signal NUMBER left to its default, and is that to end the process? */
static bool is_fatal(int number)
{
	struct kernel_action action = { 0 };

	/* 0 only asks whether it may be sent. */
	if (number <= 0 || number >= NSIG || is_harmless(number))
		return false;
	return raw_call(SYS_rt_sigaction, number, 0, (long)(uintptr_t)&action, KERNEL_MASK_SIZE) ==
		       0 &&
	       action.handler == 0;
}

void own_signal_before(pid_t pid, int number)
{
	/* Else a seccomp filter may kill for a call that the program itself does not make. */
	if (visit_own_recording() && reaches_us(pid) && is_fatal(number))
		process_before_own_signal();
}
