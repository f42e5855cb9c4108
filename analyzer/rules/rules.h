/* SPDX-License-Identifier: MIT */
/* The rules by which sockets are judged: one ordered table, and the first that matches decides. */
#ifndef FINLEAK_RULES_H
#define FINLEAK_RULES_H

#include <stddef.h>

#include "analyzer/rules/condition.h"

#define RULE_CONDITIONS 12

/* The deciding stack is that of the call that finished the connection, whichever it was. */
#define STACK_DECIDED STACK_KINDS

/* Names of rules whose notes the report counts: what only --strict counts; */
#define RULE_UNLESS_STRICT "exit-unclosed/unless-strict"

/* ... idle connections that a pool still has time to drop; */
#define RULE_POOLED            "fin-unread/pooled"
#define RULE_POOLED_UNTIL_EXIT "fin-unread/pooled-until-exit"
#define RULE_POOLED_BY_SAMPLES "fin-unread/pooled-until-exit-by-samples"

/* ... what a loop has not come to; */
#define RULE_LOOP_BEHIND "fin-unread/loop-behind"

/* ... resets that nobody noticed, and what was finished right before the end. */
#define RULE_RESET_PENDING "error-unclosed/pending"
#define RULE_ENDED_BEFORE  "exit-unclosed"

/* ... what the peer had closed right before the end, which the program had not read; */
#define RULE_UNREAD_BEFORE "fin-unread/right-before-the-end"
#define RULE_SHUT_BEFORE   "shutdown-unclosed/right-before-the-end"

/* ... and what only calls that are not recorded can have finished. */
#define RULE_UNSEEN_END "exit-unclosed/read-not-recorded"

/* From when the age of a leak counts, and whose stacks show what happened. */
enum rule_since {
	SINCE_DECIDED, /* a call finished the connection */
	SINCE_STUCK,   /* the kernel shows it so */
	SINCE_OTHER,   /* the other process was finished with it: that one's stacks */
	SINCE_CLOSE,   /* the process closed it */
};

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

#endif
