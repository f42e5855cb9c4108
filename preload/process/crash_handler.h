/* SPDX-License-Identifier: MIT */
/*
 * Handlers of crashes that close what is open. The signal comes from the kernel, or from libc's own
 * abort(): no call shows it. Where a handler runs its frame is on the stack, and what the kernel
 * blocked for it names the signal.
 */
#ifndef FINLEAK_CRASH_HANDLER_H
#define FINLEAK_CRASH_HANDLER_H

struct visit;

/*
 * The calling thread is about to close, with the stack that stack_here() took last: stores
 * crashed_ns (recording.h) if a handler of a crash does that, and takes it back if the thread has
 * left one. By bare system calls, in a handler only. VISIT has a recording. Any thread,
 * signal-safe.
 */
void crash_handler_note(const struct visit *visit);

#endif
