/* SPDX-License-Identifier: MIT */
/*
 * exit(): the end of the program begins. What handlers, static destructors and interpreters close
 * from then on the program itself never closed. The call is in exit_call.S, without a frame. A
 * return from main() ends up in libc's exit() without coming by here: there the stacks show it.
 */
#include "preload/platform/real_calls.h"
#include "preload/process/process.h"

/* For exit_call.S: the real exit(), to go on to. Any thread, signal-safe. */
__typeof__(exit) *exit_begins(void) __attribute__((visibility("hidden")));

__typeof__(exit) *exit_begins(void)
{
	process_exit_begins();
	return real.exit;
}
