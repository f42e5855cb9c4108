/* SPDX-License-Identifier: MIT */
/*
 * What a process that names code may use: memory and processor time in proportion to what the files
 * it reads take on the disk, so that a small file can't inflate and no file can keep it busy. The
 * kernel enforces the limits.
 *
 * Without naming_limits_begin() nothing is limited and the other calls do nothing.
 */
#ifndef FINLEAK_NAMING_LIMITS_H
#define FINLEAK_NAMING_LIMITS_H

#include <stdint.h>
#include <sys/stat.h>

/* This process is one from now on. */
void naming_limits_begin(void);

/* A file with STATUS is read from now on. */
void naming_limits_allow(const struct stat *status);

/* Work on one address begins. */
void naming_limits_next(void);

/* What the process may use altogether, ns of processor time, and what it has used. */
uint64_t naming_limits_granted_ns(void);
uint64_t naming_limits_used_ns(void);

#endif
