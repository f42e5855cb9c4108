/* SPDX-License-Identifier: MIT */
/*
 * Java on HotSpot, JDK 8 and later: the machine is asked for the calling thread's frames, through
 * JVMTI, where it may be (java_machine.h). Code compiled at run time has no unwind information: the
 * native stack ends where Java begins, and Java's frames stand for all that lies outside.
 */
#ifndef FINLEAK_JAVA_RUNTIME_H
#define FINLEAK_JAVA_RUNTIME_H

#include "preload/runtimes/runtime.h"

extern const struct runtime java_runtime;

#endif
