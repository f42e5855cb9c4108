/* SPDX-License-Identifier: MIT */
/* The signal's frame that a walk of the calling thread's stack came across. */
#ifndef FINLEAK_UNWIND_SIGNAL_H
#define FINLEAK_UNWIND_SIGNAL_H

#include <stdint.h>

/*
 * The ucontext of the innermost signal frame since it was last set to 0; 0: there was none, or
 * libunwind walked alone. All of its registers can be read.
 */
extern __thread uint64_t unwind_signal_context
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* A walk steps over the signal frame whose ucontext is at CONTEXT. Signal-safe. */
static inline void unwind_signal_crossed(uint64_t context)
{
	if (!unwind_signal_context)
		unwind_signal_context = context;
}

#endif
