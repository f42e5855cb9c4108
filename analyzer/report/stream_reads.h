/* SPDX-License-Identifier: MIT */
/* Whether a program reads a socket through stdio, so that fclose() is what closes it. */
#ifndef FINLEAK_STREAM_READS_H
#define FINLEAK_STREAM_READS_H

#include "analyzer/symbolize/symbolize.h"

/*
 * By the INNERMOST frame of the stack of a read, where that is inside of libc's stdio; else by the
 * source line of SITE, which must name a call that reads a FILE. Both may be NULL.
 */
bool reads_stream(const struct frame *innermost, const struct frame *site,
		  struct symbolizer *symbolizer);

#endif
