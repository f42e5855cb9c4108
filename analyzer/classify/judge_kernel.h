/* SPDX-License-Identifier: MIT */
/*
 * Judges what events alone can't: sockets of which the program learned nothing, by what the kernel
 * showed; and holds the kernel's word against that of the events.
 */
#ifndef FINLEAK_JUDGE_KERNEL_H
#define FINLEAK_JUDGE_KERNEL_H

#include "analyzer/classify/classify.h"

/*
 * HOLDING has not learned anything of an end. Is it stuck by the kernel's word? Then fills LEAK
 * (class, reason, verdict, holder, times, stacks) and returns true.
 */
bool judge_undecided(const struct socket_life *life, const struct holding *holding,
		     const struct judge_options *options, struct leak *leak);

/*
 * HOLDING learned at DECIDED_NS that the socket is finished (by EOF, where READ_EOF). Does a later
 * look of the kernel deny that it holds it, or that there was an end?
 */
bool kernel_denies(const struct socket_life *life, const struct holding *holding,
		   uint64_t decided_ns, bool read_eof);

#endif
