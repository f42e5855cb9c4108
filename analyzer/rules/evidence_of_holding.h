/* SPDX-License-Identifier: MIT */
/* Evidence on a socket that a process has open, at its end or now. */
#ifndef FINLEAK_EVIDENCE_OF_HOLDING_H
#define FINLEAK_EVIDENCE_OF_HOLDING_H

#include "analyzer/rules/evidence.h"

/* Fills EVIDENCE, zeroed but for its life, with what is known of HOLDING. */
void evidence_fill_holding(struct evidence *evidence, const struct holding *holding);

#endif
