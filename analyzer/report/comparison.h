/* SPDX-License-Identifier: MIT */
/* What `finleak diff` found: the leaks of two reports, by id. */
#ifndef FINLEAK_COMPARISON_H
#define FINLEAK_COMPARISON_H

#include "analyzer/gate/baseline.h"
#include "analyzer/report/report.h"

/* In the order in which they are shown. */
enum change {
	CHANGE_NEW,
	CHANGE_GROWN,
	CHANGE_GONE,
	CHANGE_SHRUNK,
	CHANGE_UNCHANGED,
	CHANGE_COUNT,
};

struct compared_leak {
	enum change change;
	const char *id, *name;
	uint64_t before, after; /* sockets */
	char *text;             /* "grown: eof-unclosed at a.c:3 in f(), 3 to 9 sockets" */
};

struct comparison {
	struct compared_leak *leaks;
	size_t leak_count;
	size_t counts[CHANGE_COUNT]; /* of leaks */
	char *headline;
};

/* Both sides must outlive *COMPARISON; end with comparison_clear. */
void comparison_make(struct comparison *comparison, const struct baseline *before,
		     const struct baseline *after);
void comparison_clear(struct comparison *comparison);

/* "new" */
const char *change_name(enum change change);

/* Adds the leaks of REPORT to BASELINE, but for what is suppressed. */
void baseline_add_report(struct baseline *baseline, const struct report *report);

#endif
