/* SPDX-License-Identifier: MIT */
/* What is measured: each case does N times the same, by either set of calls. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdint.h>
#include "calls.h"

struct took {
	uint64_t whole_ns;
	uint64_t server_ns; /* connections: without the clients' connect() and close() */
};

struct bench_case {
	const char *name;
	int batch;  /* how often without a pause */
	int frames; /* of the stacks that are taken */
	void (*prepare)(void);
	/* COUNT is at most batch. */
	struct took (*run)(const struct bench_case *self, const struct calls *set, int count);
};

extern const struct bench_case bench_cases[];
extern const int bench_case_count;

#endif
