/* SPDX-License-Identifier: MIT */
/*
 * Who calls what: of each function of the program's own in which stacks end, the calls that lead to
 * it. One that is called from all over the place serves those who call it.
 */
#ifndef FINLEAK_CALLERS_H
#define FINLEAK_CALLERS_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/own_code.h"

struct callers;

/* Without a stack yet. Refers to all arguments; end with callers_free. */
struct callers *callers_new(struct symbolizer *symbolizer, const struct own_globs *globs);
void callers_free(struct callers *callers);

/* BACKTRACE (NULL: none) counts, once. All of them are seen before the first is asked about. */
void callers_see(struct callers *callers, struct backtrace *backtrace);

/* The innermost own frame of BACKTRACE in a program that is EXECUTABLE; NULL: there is none. */
const struct frame *callers_innermost(struct callers *callers, struct backtrace *backtrace,
				      const char *executable);

/* The own frame that called FRAME, which is one of BACKTRACE's; NULL: none did. */
const struct frame *callers_own(struct callers *callers, const struct backtrace *backtrace,
				const struct frame *frame, const char *executable);

/* The same, if most of the stacks that end in FRAME's function differ above it; else NULL. */
const struct frame *callers_of_several(struct callers *callers, const struct backtrace *backtrace,
				       const struct frame *frame, const char *executable);

#endif
