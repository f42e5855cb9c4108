/* SPDX-License-Identifier: MIT */
/*
 * Objects that were loaded with RTLD_DEEPBIND, as PHP loads its extensions. They find libc's calls
 * in libc, past the recorder that stands in front of it: their entries are set to its wrappers.
 */
#ifndef FINLEAK_DEEP_BOUND_H
#define FINLEAK_DEEP_BOUND_H

#include <stdint.h>

/* How many objects have been loaded so far. Takes the loader's lock; not signal-safe. */
uint64_t deep_bound_count(void);

/*
 * LIBRARY has just been opened. In each object that was loaded since there were LOADED, every entry
 * that refers to libc's own definition of an interposed call, or would when it is first called,
 * refers to the recorder's from then on. What is bound elsewhere stays, and what is not bound yet
 * is not searched for: that may fail, and is done when it is called. As deep_bound_count(); keeps
 * errno, and leaves no message in dlerror().
 */
void deep_bound_redirect(void *library, uint64_t loaded);

#endif
