/* SPDX-License-Identifier: MIT */
/* The rules by which sockets are judged: one ordered table, and the first that matches decides. */
#ifndef FINLEAK_RULES_H
#define FINLEAK_RULES_H

#include <stddef.h>

#include "analyzer/rules/condition.h"

#define RULE_CONDITIONS 12

/* The deciding stack is that of the call that finished the connection, whichever it was. */
#define STACK_DECIDED STACK_KINDS

/* The name of the rule for what only --strict counts. */
#define RULE_UNLESS_STRICT "exit-unclosed/unless-strict"

/* How the names of the rules for idle connections begin that a pool still has time to drop. */
#define RULE_POOLED            "fin-unread/pooled"
#define RULE_POOLED_UNTIL_EXIT "fin-unread/pooled-until-exit"

/* From when the age of a leak counts, and whose stacks show what happened. */
enum rule_since {
	SINCE_DECIDED, /* a call finished the connection */
	SINCE_STUCK,   /* the kernel shows it so */
	SINCE_OTHER,   /* the other process was finished with it: that one's stacks */
	SINCE_CLOSE,   /* the process closed it */
};

/* ... for what a loop has not come to; */
#define RULE_LOOP_BEHIND "fin-unread/loop-behind"

/* ... for resets that nobody noticed, and for what was finished right before the end. */
#define RULE_RESET_PENDING "error-unclosed/pending"
#define RULE_ENDED_BEFORE  "exit-unclosed"

struct rule {
	const char *name;     /* its class, and what distinguishes the row: "fin-unread/pooled" */
	const char *headline; /* in place of its reason's or its class's; NULL: that fits */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	enum stack_kind deciding; /* or STACK_DECIDED */
	enum rule_since since;
	const struct condition *when[RULE_CONDITIONS]; /* all must hold; NULL ends them */
};

/* The table, in order; *COUNT rules. */
const struct rule *rules_all(size_t *count);

/* Does a rule give CLASS with REASON? */
bool rules_give(enum leak_class class, enum leak_reason reason);

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
