/* SPDX-License-Identifier: MIT */
/*
 * How totals and departures relate. Totals count every close; departures describe single closes
 * that matter, as far back as the ring reaches. What is judged by its departure must not count
 * again by its total.
 */
#ifndef FINLEAK_CLOSES_H
#define FINLEAK_CLOSES_H

#include "analyzer/rules/leak.h"

/* Of the sockets of one totals row. */
struct closes_known {
	uint64_t slow;    /* have departures, held for --min-held or longer */
	uint64_t at_exit; /* judged closed-at-exit */
	uint64_t late;    /* held for --late or longer, and judged closed-at-exit or spinning */
	uint64_t spun;    /* judged, and had their end read SPINNING_READS times */
};

struct closes;

/* Counts the departures in RECORDINGS, and those among LEAKS. End with closes_free. */
struct closes *closes_count(const struct recordings *recordings, const struct leaks *leaks,
			    const struct judge_options *options);
void closes_free(struct closes *closes);

struct closes_known closes_of(const struct closes *closes, const struct recording *recording,
			      const struct recorded_total *total);

#endif
