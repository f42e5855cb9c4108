/* SPDX-License-Identifier: MIT */
/* Judges a socket that one process was finished with and another one still holds. */
#ifndef FINLEAK_HELD_ELSEWHERE_H
#define FINLEAK_HELD_ELSEWHERE_H

#include "analyzer/classify/classify.h"

/*
 * Is LIFE held by a process that should have closed it with the one that was finished? Then fills
 * LEAK (class, reason, holder, deciding and closed stacks, times) and returns true.
 */
bool judge_held_elsewhere(const struct socket_life *life, const struct judge_options *options,
			  struct leak *leak);

#endif
