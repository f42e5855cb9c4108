/* SPDX-License-Identifier: MIT */
/* What a thread called next, once it knew that a connection is finished. */
#ifndef FINLEAK_ANALYZER_NEXT_CALL_H
#define FINLEAK_ANALYZER_NEXT_CALL_H

#include "analyzer/rules/leak.h"

struct next_call {
	enum recorded_next call; /* NEXT_NONE: unknown */
	uint64_t ns;             /* when */
	int fd;                  /* on which descriptor; -1: none */
	bool own;                /* which is the finished connection's own */
};

/* Of LEAK's socket. What came more than a second later had nothing to do with it: NEXT_NONE. */
struct next_call leak_next_call(const struct leak *leak);

/*
 * Did the thread that learned of the end of LEAK's socket call connect() of another one next, after
 * however long a pause?
 */
bool leak_connects_next(const struct leak *leak);

#endif
