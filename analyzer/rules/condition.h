/* SPDX-License-Identifier: MIT */
/* One condition of a rule: a question to the evidence, in words and in code. */
#ifndef FINLEAK_CONDITION_H
#define FINLEAK_CONDITION_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/judge_options.h"

struct condition {
	const char *means; /* a sentence of its own, without a full stop */
	bool (*holds)(const struct evidence *evidence, const struct judge_options *options);
	/* The same of EVIDENCE, with its numbers; the caller frees it. NULL: MEANS is enough. */
	char *(*fact)(const struct evidence *evidence, const struct judge_options *options);
};

#endif
