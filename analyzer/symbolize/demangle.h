/* SPDX-License-Identifier: MIT */
/* Makes linker names of C++ and Rust functions readable. The names are hostile input. */
#ifndef FINLEAK_DEMANGLE_H
#define FINLEAK_DEMANGLE_H

/*
 * The readable form of the linker name NAME: a C++ or (legacy) Rust name demangled, a symbol's
 * version and the suffixes of compiler clones (".constprop.0", ".cold") taken off. The caller
 * frees it. Never NULL: what can't be demangled comes back as it is.
 */
char *demangle(const char *name);

#endif
