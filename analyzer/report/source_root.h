/* SPDX-License-Identifier: MIT */
/* The folder of the sources that a report is for: what people and CI systems know files by. */
#ifndef FINLEAK_SOURCE_ROOT_H
#define FINLEAK_SOURCE_ROOT_H

/*
 * The folder that a CI system has checked out, by its variables; else the work tree that the
 * working folder is in; else the working folder. NULL: that is gone. The caller frees it.
 */
char *source_root_find(void);

/*
 * The part of FILE below the folder ROOT; all of FILE if it is relative and to be found there.
 * NULL: FILE lies elsewhere, or ROOT is NULL.
 */
const char *source_root_below(const char *root, const char *file);

#endif
