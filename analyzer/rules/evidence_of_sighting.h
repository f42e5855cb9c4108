/* SPDX-License-Identifier: MIT */
/* Evidence on a socket that its process has closed, or never had: by what the kernel showed. */
#ifndef FINLEAK_EVIDENCE_OF_SIGHTING_H
#define FINLEAK_EVIDENCE_OF_SIGHTING_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/judge_options.h"

/* Fills EVIDENCE, zeroed but for its life, with what is known of DEPARTING, and of it since. */
void evidence_fill_departing(struct evidence *evidence, const struct departing *departing);

/* ... of SIGHTING, in a process that does not hold it, as far as is recorded. */
void evidence_fill_sighting(struct evidence *evidence, const struct sighting *sighting,
			    const struct judge_options *options);

/* ... of SIGHTING, a socket that no recorded call opened. */
void evidence_fill_unrecorded(struct evidence *evidence, const struct sighting *sighting);

/*
 * Where the end of the program closed sockets that were opened at OPENED_STACK and of which it had
 * learned nothing; 0: nowhere.
 */
uint32_t stack_closed_at_exit(const struct recording *recording, uint32_t opened_stack,
			      const struct judge_options *options);

#endif
