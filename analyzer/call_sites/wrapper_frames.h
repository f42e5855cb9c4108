/* SPDX-License-Identifier: MIT */
/* Frames between the program's own call and where the recorder took the stack. */
#ifndef FINLEAK_WRAPPER_FRAMES_H
#define FINLEAK_WRAPPER_FRAMES_H

#include "analyzer/symbolize/symbolize.h"

/*
 * How many of the COUNT innermost FRAMES say nothing to the user: libc on its way from fork() to
 * the recorder, and a sanitizer's interceptor on its way to the real call. Less than COUNT.
 */
size_t wrapper_frames(const struct frame *frames, size_t count);

#endif
