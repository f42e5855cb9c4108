/* SPDX-License-Identifier: MIT */
/* What remains of a totals row when the sockets that were judged one by one are taken out. */
#ifndef FINLEAK_TOTAL_LEFT_H
#define FINLEAK_TOTAL_LEFT_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/judge_options.h"

/* How many sockets of the total in EVIDENCE were held for --min-held, or --late, or longer. */
uint64_t total_left_long(const struct evidence *evidence, const struct judge_options *options);
uint64_t total_left_late(const struct evidence *evidence, const struct judge_options *options);

/* How many were held for less than --min-held: none of these was judged one by one. */
uint64_t total_left_brief(const struct evidence *evidence, const struct judge_options *options);

#endif
