/* SPDX-License-Identifier: MIT */
/*
 * CPython 3.9 to 3.13: a thread's frames are read as they lie in memory, without the GIL and
 * without CPython's help. Its evaluation loop stands for the script's frames that it ran.
 */
#ifndef FINLEAK_PYTHON_RUNTIME_H
#define FINLEAK_PYTHON_RUNTIME_H

#include "preload/runtimes/runtime.h"

extern const struct runtime python_runtime;

#endif
