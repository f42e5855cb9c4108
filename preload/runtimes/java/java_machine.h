/* SPDX-License-Identifier: MIT */
/*
 * Finds a Java virtual machine (HotSpot) among the loaded modules, and asks it on the thread
 * itself.
 *
 * A machine may be asked only by a thread that is attached to it and executes native code: one
 * whose innermost Java frame has called a native method. The stack must look so, and the machine
 * must have noted it (java_state.h). Such a thread has no part in a safepoint, holds no lock of the
 * machine and may wait for one: what it calls here is what any native method may call. So the
 * machine allocates and locks inside the recorder, which is forbidden to the recorder itself: the
 * thread is in no allocator (its caller is a native method, and no signal handler), and no other
 * thread waits for it there. During a collection the thread waits for its end, as it would on its
 * return to Java.
 */
#ifndef FINLEAK_JAVA_MACHINE_H
#define FINLEAK_JAVA_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/runtimes/runtime.h"

struct java_object;
struct ledger;

/* Is MODULE HotSpot? See struct runtime. */
bool java_machine_detect(const struct runtime_module *module);

/* See struct runtime. What lies in no module counts as the machine's: it compiles at run time. */
enum native_frame java_machine_native_frame(uint64_t pc);

/* What a thread asks the machine by. */
struct java_thread {
	struct java_object *jni;   /* its own */
	struct java_object *jvmti; /* of all threads, with lines and source files */
};

/*
 * May the calling thread, whose stack is NATIVE, ask the machine? Fills in *thread. False: not
 * attached, not in a native method, in a signal handler, in a forked child, or before the machine
 * was initialised. Any thread, within a visit.
 */
bool java_machine_may_ask(const struct ledger *ledger, const struct native_stack *native,
			  struct java_thread *thread);

#endif
