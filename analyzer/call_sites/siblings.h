/* SPDX-License-Identifier: MIT */
/*
 * What became of the other sockets of the same place: how many there were, and how many of them
 * were closed where. They share the stack that finished them (EOF read, failed, ...), or where the
 * program learned nothing, the stack that opened them.
 */
#ifndef FINLEAK_SIBLINGS_H
#define FINLEAK_SIBLINGS_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/held_times.h"
#include "analyzer/rules/judge.h"

/* Those that were closed at one stack. */
struct closing {
	struct backtrace *closed; /* NULL: not recorded */
	struct held_times held;
};

/* All of one place, leaked or not. */
struct siblings {
	struct siblings_key {
		uint64_t decision; /* enum recorded_decision; DECIDED_NOT: STACK opened them */
		struct backtrace *stack;
	} key;
	uint64_t count;
	uint64_t closed;
	struct closing *closings; /* most frequent first */
	size_t closing_count;
	struct siblings *joined_to; /* the same line elsewhere; NULL: none */
	UT_hash_handle hh;
};

struct sibling_groups;

/* Refers to all arguments but OPTIONS; end with siblings_free. */
struct sibling_groups *siblings_find(const struct recordings *recordings,
				     const struct sockets *sockets, const struct leaks *leaks,
				     const struct judge_options *options,
				     struct backtraces *backtraces);
void siblings_free(struct sibling_groups *groups);

/* Those of LEAK, itself among them; NULL: none are known. */
struct siblings *siblings_of(struct sibling_groups *groups, const struct leak *leak,
			     struct backtraces *backtraces);

#endif
