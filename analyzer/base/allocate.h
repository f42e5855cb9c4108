/* SPDX-License-Identifier: MIT */
/* Memory for the analyzer. When it runs out, finleak ends with 125 and one line on stderr. */
#ifndef FINLEAK_ALLOCATE_H
#define FINLEAK_ALLOCATE_H

#include <stddef.h>

/* Ends finleak so. */
_Noreturn void allocate_failed(void);

/* From now on END ends this process instead, with EXIT_NOT_JUDGED and without a line. */
void allocate_fail_by(void (*end)(int status));

/* COUNT zeroed elements of SIZE bytes; the caller frees them. */
void *allocate_zeroed(size_t count, size_t size);

/* A copy of TEXT; the caller frees it. */
char *allocate_text(const char *text);

/* The text that printf() would print; the caller frees it. */
char *allocate_printed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes room for one more element in the growing array *LIST of COUNT elements of SIZE bytes and
 * returns the new one, zeroed. The capacity is not stored: it doubles when COUNT is a power of two.
 */
void *allocate_next(void *list, size_t count, size_t size);

#endif
