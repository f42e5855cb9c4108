/* SPDX-License-Identifier: MIT */
/*
 * What a thread does in the eyes of its machine, HotSpot. Where that is kept is found in tables
 * which the machine exports for debuggers (vmStructs), and proven on the thread that asks first.
 */
#ifndef FINLEAK_JAVA_STATE_H
#define FINLEAK_JAVA_STATE_H

#include <stdbool.h>

struct java_object;
struct runtime_module;

/* Looks up in MODULE, a machine, where states are. False: not found. *Once.* */
bool java_state_find(const struct runtime_module *module);

/*
 * Does the calling thread, whose environment is JNI, execute native code? Only then may it be asked
 * anything. Code that the machine calls without telling itself so (foreign functions that are
 * "critical") is none. After java_state_find(). Signal-safe, any thread.
 */
bool java_state_is_native(const struct java_object *jni);

#endif
