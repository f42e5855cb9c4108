/* SPDX-License-Identifier: MIT */
/* Judges all sockets of recordings by the rules. */
#ifndef FINLEAK_JUDGE_H
#define FINLEAK_JUDGE_H

#include "analyzer/rules/leak.h"

/* RECORDINGS and SOCKETS must outlive what is returned; end with leaks_free. */
struct leaks *judge_all(const struct recordings *recordings, const struct sockets *sockets,
			const struct judge_options *options);
void leaks_free(struct leaks *leaks);

/*
 * The facts that made LEAK's rule true, in sentences; *COUNT. The caller frees each of them and the
 * list. OPTIONS as for judge_all().
 */
char **judge_facts(const struct leaks *leaks, const struct leak *leak,
		   const struct judge_options *options, size_t *count);

/* How many sockets of TOTAL were, by LEAKS, not closed until PROCESS ended? */
uint64_t judge_total_at_exit(const struct leaks *leaks, const struct process *process,
			     const struct recorded_total *total,
			     const struct judge_options *options);

#endif
