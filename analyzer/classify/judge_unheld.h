/* SPDX-License-Identifier: MIT */
/* Judges sockets that the kernel showed and no recorded row holds at the end. */
#ifndef FINLEAK_JUDGE_UNHELD_H
#define FINLEAK_JUDGE_UNHELD_H

#include "analyzer/classify/classify.h"

/*
 * Did the connection of LIFE die in the queue of a recorded listener? Then fills LEAK
 * (class, reason, verdict, holder, times, stacks) and returns true.
 */
bool judge_never_accepted(const struct socket_life *life, const struct judge_options *options,
			  struct leak *leak);

/*
 * Was the socket of LIFE, closed by nothing but the end of its program, stuck until then? Then
 * fills LEAK likewise; it has no holder.
 */
bool judge_buried(const struct socket_life *life, const struct judge_options *options,
		  struct leak *leak);

#endif
