/* SPDX-License-Identifier: MIT */
/* Where a program checks whether epoll has reported the end of a connection. */
#ifndef FINLEAK_HANGUP_CHECK_H
#define FINLEAK_HANGUP_CHECK_H

#include "analyzer/symbolize/symbolize.h"

/*
 * The only line in the file of FRAME that checks events for EPOLLRDHUP: `events & EPOLLRDHUP`. 0:
 * none does, or several do, or the source can't be read.
 */
unsigned int hangup_check(struct symbolizer *symbolizer, const struct frame *frame);

#endif
