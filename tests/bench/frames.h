/* SPDX-License-Identifier: MIT */
/* Calls a function from a given depth of stack: what a backtrace costs depends on it. */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

typedef void frames_call(void *argument);

/*
 * Calls CALL(ARGUMENT) so that its backtrace has FRAMES frames, itself and those below main (or
 * below the thread's start) among them. Each frame is a function of its own. How deep the caller is
 * already, is counted at its first call and kept in *DEPTH, which is 0 before, so that counting is
 * not measured. Any thread, where all of them call from the same depth.
 */
void frames_below(int frames, int *depth, frames_call *call, void *argument);

#endif
