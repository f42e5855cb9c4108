/* SPDX-License-Identifier: MIT */
/* The one place where evidence is filled in from recordings and observations. */
#ifndef FINLEAK_EVIDENCE_OF_H
#define FINLEAK_EVIDENCE_OF_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/judge_options.h"

/* One socket's evidence, one for each process that could be blamed. Zeroed at first. */
struct evidences {
	struct evidence *list;
	size_t count;
};

/* Fills EVIDENCES, whose room is used again, with all there is on LIFE. */
void evidences_of_life(struct evidences *evidences, const struct socket_life *life,
		       const struct judge_options *options);
void evidences_clear(struct evidences *evidences);

/* What TOTAL of PROCESS' recording says: of several sockets that were closed. */
struct evidence evidence_of_total(const struct process *process,
				  const struct recorded_total *total);

#endif
