/* SPDX-License-Identifier: MIT */
/*
 * Ruby's frames (MRI), by rb_profile_frames(), which is made for signal handlers: it reads the
 * control frames of the calling thread, and neither allocates nor takes a lock. No GVL is needed:
 * while the thread is inside a call its frames, and what they refer to, stay as they are.
 */
#ifndef FINLEAK_RUBY_RUNTIME_H
#define FINLEAK_RUBY_RUNTIME_H

#include "preload/runtimes/runtime.h"

extern const struct runtime ruby_runtime;

#endif
