/* SPDX-License-Identifier: MIT */
/*
 * Perl's frames (5.36 with threads, Debian's): the statement that runs, and the calls on the
 * context stack, read in memory. They stay as they are while the thread is inside a call.
 */
#ifndef FINLEAK_PERL_RUNTIME_H
#define FINLEAK_PERL_RUNTIME_H

#include "preload/runtimes/runtime.h"

extern const struct runtime perl_runtime;

#endif
