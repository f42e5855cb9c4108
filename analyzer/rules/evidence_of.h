/* SPDX-License-Identifier: MIT */
/* The one place where evidence is filled in from recordings and observations. */
#ifndef FINLEAK_EVIDENCE_OF_H
#define FINLEAK_EVIDENCE_OF_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/judge_options.h"

struct closes;

/* What evidence is taken from, besides the life of a socket. */
struct evidence_sources {
	const struct recordings *recordings;
	const struct ending *endings; /* one for each of the recordings */
	const struct judge_options *options;
};

/* One socket's evidence, one for each process that could be blamed. Zeroed at first. */
struct evidences {
	struct evidence *list;
	size_t count;
};

/* Fills EVIDENCES, whose room is used again, with all there is on LIFE. */
void evidences_of_life(struct evidences *evidences, const struct socket_life *life,
		       const struct evidence_sources *sources);
void evidences_clear(struct evidences *evidences);

/*
 * What TOTAL of PROCESS' recording shows: of several sockets that were closed, but for those of
 * which departures say more.
 */
struct evidence evidence_of_total(const struct process *process, const struct recorded_total *total,
				  const struct closes *closes);

#endif
