/* SPDX-License-Identifier: MIT */
/* Judges sockets that nothing but the end of their program closed, and that were stuck till then.
 */
#ifndef FINLEAK_BURIED_H
#define FINLEAK_BURIED_H

#include "analyzer/classify/classify.h"

/*
 * Was the socket of LIFE stuck until the end of its program closed it? Then fills LEAK (class,
 * reason, verdict, times, stacks) and returns true; it has no holder.
 */
bool judge_buried(const struct socket_life *life, const struct judge_options *options,
		  struct leak *leak);

/*
 * Where the end of the program closed sockets that were opened at OPENED_STACK and of which it had
 * learned nothing; 0: nowhere.
 */
uint32_t stack_closed_at_exit(const struct recording *recording, uint32_t opened_stack,
			      const struct judge_options *options);

#endif
