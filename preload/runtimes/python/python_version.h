/* SPDX-License-Identifier: MIT */
/*
 * Which CPython a module is, by what it defines and how its file is called. For the recorder
 * (signal-safe), and for the analyzer, which reads the memory of another process.
 */
#ifndef FINLEAK_PYTHON_VERSION_H
#define FINLEAK_PYTHON_VERSION_H

#include <stdbool.h>
#include <stdint.h>

/* Symbols that came with these versions. From 3.11 on there is Py_Version. */
#define PYTHON_3_10_HAS "PyModule_AddObjectRef"
#define PYTHON_3_9_HAS  "PyObject_GC_IsTracked"

/*
 * The N of CPython 3.N, by the value of Py_Version (0: there is none) and whether it has the
 * symbols above; 0 unknown.
 */
unsigned int python_minor_version(uint64_t version, bool has_3_10, bool has_3_9);

/*
 * Is the file at PATH called NAME, whatever its version: "python", "python3.11" for "python",
 * "libpython3.11.so.1.0" for "libpython", but not "pythonista"?
 */
bool python_is_named(const char *path, const char *name);

#endif
