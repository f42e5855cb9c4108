/* SPDX-License-Identifier: MIT */
/* Makes linker names of C++ and Rust functions readable. The names are hostile input. */
#ifndef FINLEAK_DEMANGLE_H
#define FINLEAK_DEMANGLE_H

/*
 * The readable form of the linker name NAME: demangled, without Rust's hashes, a symbol's version
 * and the suffixes of compiler clones (".constprop.0", ".cold"); the parts that a compiler makes of
 * a C++20 coroutine have the coroutine's name. At most 4096 bytes. The caller frees it. Never NULL:
 * what can't be demangled comes back as it is, and so does what is longer than 4096 bytes or would
 * cost too much. Needs up to 4 MiB of stack, at most 10 ms.
 */
char *demangle(const char *name);

#endif
