/* SPDX-License-Identifier: MIT */
/* Which rule matches, and what that rule makes of the evidence. */
#ifndef FINLEAK_RULE_MATCH_H
#define FINLEAK_RULE_MATCH_H

#include <stddef.h>

#include "analyzer/rules/rules.h"

/*
 * The first rule that one of the COUNT EVIDENCES (at least one) matches, *MATCHED; of several the
 * one that has been so for longest. NULL: none does.
 */
const struct rule *rules_first(const struct evidence *evidences, size_t count,
			       const struct judge_options *options,
			       const struct evidence **matched);

/* From when the age of EVIDENCE counts by RULE, ns. */
uint64_t rule_since_ns(const struct rule *rule, const struct evidence *evidence);

/* What happened, by RULE: a sentence. */
const char *rule_headline(const struct rule *rule);

/*
 * What made RULE true for EVIDENCE, a sentence for each of its conditions; *COUNT. The caller frees
 * each of them and the list.
 */
char **rule_facts(const struct rule *rule, const struct evidence *evidence,
		  const struct judge_options *options, size_t *count);

/* The index in a leak's stacks of the one that decides EVIDENCE by RULE. */
enum stack_kind rule_deciding(const struct rule *rule, const struct evidence *evidence);

#endif
