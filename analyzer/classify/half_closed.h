/* SPDX-License-Identifier: MIT */
/* A connection whose peer has closed its own direction only, and which the program still uses. */
#ifndef FINLEAK_HALF_CLOSED_H
#define FINLEAK_HALF_CLOSED_H

#include "analyzer/classify/classify.h"

/*
 * Has the process of HOLDING, which read the EOF, sent on the socket since, and not long before it
 * was looked at? *sent_ns gets when that was, as far as is known. What answers the last request
 * right after its EOF (--min-held) counts for nothing: a program may send that and forget the
 * close.
 */
bool still_sends(const struct socket_life *life, const struct holding *holding,
		 const struct judge_options *options, uint64_t *sent_ns);

#endif
