/* SPDX-License-Identifier: MIT */
/* What is measured: each case does N times the same, by either set of calls. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdbool.h>
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
	void (*prepare)(const struct bench_case *self);
	/* COUNT is at most batch. */
	struct took (*run)(const struct bench_case *self, const struct calls *set, int count);
	int held;    /* sockets that stay open meanwhile */
	int threads; /* that do it at once */
	/* The turns differ in transfers alone: accept, EOF and close are recorded in all. */
	bool only_uses;
};

extern const struct bench_case bench_cases[];
extern const int bench_case_count;

/*
 * THREADS threads, each with a listener of its own: CPU time of a thread for each connection.
 * together.c
 */
struct took run_together(const struct bench_case *self, const struct calls *set, int count);

/* Raises the descriptor limit as far as it goes and opens COUNT sockets, until the end. */
void hold_open(int count);

#endif
