/* SPDX-License-Identifier: MIT */
/* A report as numbers for a monitoring system: a fixed list of families, their samples by program.
 */
#ifndef FINLEAK_METRICS_H
#define FINLEAK_METRICS_H

#include "analyzer/report/report.h"

/* Of a family that counts sites or programs, what is beyond these becomes one: "other". */
#define METRIC_SITES    200
#define METRIC_PROGRAMS 100

#define METRIC_LABELS_MAX 3

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
};

struct metric_sample {
	char *labels[METRIC_LABELS_MAX]; /* values, in the order of the family's names; not escaped
					  */
	double value;
};

struct metric_family {
	const char *name;
	const char *help; /* a sentence */
	enum metric_type type;
	const char *label_names[METRIC_LABELS_MAX]; /* NULL: no more */
	struct metric_sample *samples;
	size_t count;
};

struct metrics {
	struct metric_family *families;
	size_t count;
	/* A label of all samples, which parts those of several watches on one machine. */
	const char *common_name, *common_value; /* NULL: there is none; not escaped */
};

/* No two samples of a family have the same labels. End with metrics_clear. */
struct metrics metrics_of(const struct report *report);
void metrics_clear(struct metrics *metrics);

#endif
