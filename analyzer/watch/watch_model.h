/* SPDX-License-Identifier: MIT */
/* Findings over time: each report is matched with the previous ones. */
#ifndef FINLEAK_WATCH_MODEL_H
#define FINLEAK_WATCH_MODEL_H

#include <uthash.h>

#include "analyzer/report/report.h"
#include "analyzer/watch/watch_trend.h"

enum watch_order {
	WATCH_BY_COUNT, /* as in reports: leaks, warnings, notes; the most first */
	WATCH_BY_GROWTH,
	WATCH_BY_RATE,
	WATCH_BY_AGE,
	WATCH_BY_SITE,
	WATCH_ORDERS,
};

/* One finding, until a minute after it is gone. */
struct watch_row {
	char *key;
	char *site; /* safe for a terminal */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	uint64_t count;
	uint64_t count_before; /* in the sample before the last one */
	uint64_t first_count;  /* at the start of the watch, or when growth was zeroed */
	double oldest_ms;
	const struct report_leak *leak; /* in the model's report; NULL: it is gone */
	struct watch_trend trend;
	double gone_ms; /* since when */
	UT_hash_handle hh;
};

struct watch_model {
	struct report *report;   /* the last one; NULL before the first */
	struct watch_row **rows; /* sorted */
	size_t row_count;
	enum watch_order order; /* by watch_model_sort */
	double now_ms;          /* the time of the last sample */
	uint64_t first_leaked;
	bool zeroed;               /* growth is counted from a later time than the start */
	struct watch_trend leaked; /* sockets */

	/* Private. */
	struct watch_row *by_key;
};

/* Takes over REPORT, made at NOW_MS (monotonic, any origin), in place of the last one. */
void watch_model_take(struct watch_model *model, struct report *report, double now_ms);
void watch_model_clear(struct watch_model *model);

/* From now on growth is counted from what there is now. */
void watch_model_zero(struct watch_model *model);

void watch_model_sort(struct watch_model *model, enum watch_order order);

/* The row with KEY; NULL none (any more). */
struct watch_row *watch_model_find(const struct watch_model *model, const char *key);

/* "count", "growth", "rate", "age", "site" */
const char *watch_order_name(enum watch_order order);

/* Since the start of the watch, or since it was zeroed; negative if sockets were closed after all.
 */
static inline int64_t watch_row_growth(const struct watch_row *row)
{
	return (int64_t)row->count - (int64_t)row->first_count;
}

#endif
