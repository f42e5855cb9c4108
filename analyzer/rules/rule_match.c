/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/rule_match.h"

#include "analyzer/base/allocate.h"
#include "analyzer/rules/class_words.h"

static bool matches(const struct rule *rule, const struct evidence *evidence,
		    const struct judge_options *options)
{
	size_t i;

	for (i = 0; i < RULE_CONDITIONS && rule->when[i]; i++)
		if (!rule->when[i]->holds(evidence, options))
			return false;
	return true;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* No process holds longer than it lives. */
uint64_t rule_since_ns(const struct rule *rule, const struct evidence *evidence)
{
	switch (rule->since) {
	case SINCE_STUCK:
		return evidence->stuck_since_ns;
	case SINCE_OTHER:
		return later(evidence->other.finished_ns, evidence->held_since_ns);
	case SINCE_CLOSE:
		return later(evidence->closed_ns, evidence->stuck_since_ns);
	default:
		return later(evidence->decision.ns, evidence->held_since_ns);
	}
}

enum stack_kind rule_deciding(const struct rule *rule, const struct evidence *evidence)
{
	if (rule->deciding != STACK_DECIDED)
		return rule->deciding;
	return stack_kind_of(evidence->decision.kind);
}

const struct rule *rules_first(const struct evidence *evidences, size_t count,
			       const struct judge_options *options, const struct evidence **matched)
{
	const struct rule *rules;
	size_t rule_count, i, j;

	rules = rules_all(&rule_count);
	for (i = 0; i < rule_count; i++) {
		*matched = NULL;
		for (j = 0; j < count; j++)
			if (matches(&rules[i], &evidences[j], options) &&
			    (!*matched || rule_since_ns(&rules[i], &evidences[j]) <
						  rule_since_ns(&rules[i], *matched)))
				*matched = &evidences[j];
		if (*matched)
			return &rules[i];
	}
	return NULL;
}

const char *rule_headline(const struct rule *rule)
{
	const char *of_reason = reason_words(rule->reason)->headline;

	if (rule->headline)
		return rule->headline;
	return of_reason ? of_reason : class_words(rule->class)->headline;
}

char **rule_facts(const struct rule *rule, const struct evidence *evidence,
		  const struct judge_options *options, size_t *count)
{
	char **facts = NULL;
	size_t i;

	for (i = 0; i < RULE_CONDITIONS && rule->when[i]; i++) {
		const struct condition *condition = rule->when[i];

		*(char **)allocate_next(&facts, i, sizeof(*facts)) =
			condition->fact ? condition->fact(evidence, options)
					: allocate_text(condition->means);
	}
	*count = i;
	return facts;
}
