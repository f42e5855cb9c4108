/* SPDX-License-Identifier: MIT */
/* Whether a program reads a socket through stdio, or a file of a script: what closes that is
 * what is missing. */
#ifndef FINLEAK_STREAM_READS_H
#define FINLEAK_STREAM_READS_H

#include "analyzer/report/report.h"

/*
 * By the innermost frame of the STACK of a read, where that is inside of libc's stdio, or by one
 * below SITE that is of a file in a script; else by the source line of SITE (NULL: none), which
 * must name a call that reads a FILE.
 */
bool reads_stream(const struct report_stack *stack, const struct frame *site,
		  struct symbolizer *symbolizer);

#endif
