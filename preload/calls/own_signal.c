/* SPDX-License-Identifier: MIT */
#include "preload/calls/own_signal.h"

#include <signal.h>
#include <stdbool.h>
#include "preload/platform/raw_calls.h"
#include "preload/platform/signal_action.h"
#include "preload/process/process.h"
#include "preload/process/visit.h"

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
	struct signal_action action;

	/* 0 only asks whether it may be sent. */
	if (number <= 0 || number >= NSIG || is_harmless(number))
		return false;
	return signal_action_of(number, &action) && action.handler == 0;
}

void own_signal_before(pid_t pid, int number)
{
	/* Else a seccomp filter may kill for a call that the program itself does not make. */
	if (visit_own_recording() && reaches_us(pid) && is_fatal(number))
		process_before_own_signal();
}
