/* SPDX-License-Identifier: MIT */
/* Judges connections that died in the queue of a listener. */
#ifndef FINLEAK_NEVER_ACCEPTED_H
#define FINLEAK_NEVER_ACCEPTED_H

#include "analyzer/classify/classify.h"

/*
 * Did the connection of LIFE die in the queue of a recorded listener? Then fills LEAK (class,
 * reason, verdict, holder, times, stacks) and returns true.
 */
bool judge_never_accepted(const struct socket_life *life, const struct judge_options *options,
			  struct leak *leak);

#endif
