/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/text_output.h"
#include "analyzer/report/report_build.h"

/* The period that rates cover. */
#define MS_SHOWN_AFTER_THE_END 60e3

/* The caller frees it. */
static char *site_of(const struct report_leak *leak)
{
	return text_escaped(leak->where);
}

static struct watch_row *row_of(struct watch_model *model, const struct report_leak *leak)
{
	char *site = site_of(leak);
	/* The id contains neither reason nor line; findings that differ in these must not be mixed.
	 */
	char *key = allocate_printed("%s %d %d %s", leak->id, leak->reason, leak->verdict, site);
	struct watch_row *row = watch_model_find(model, key);

	if (row) {
		free(key);
		free(site);
		return row;
	}
	row = allocate_zeroed(1, sizeof(*row));
	row->key = key;
	row->site = site;
	row->class = leak->class;
	row->reason = leak->reason;
	row->verdict = leak->verdict;
	/* It was not in the sample before. */
	if (model->report)
		watch_trend_add(&row->trend, model->now_ms, 0);
	HASH_ADD_KEYPTR(hh, model->by_key, row->key, strlen(row->key), row);
	return row;
}

static void free_row(struct watch_model *model, struct watch_row *row)
{
	HASH_DEL(model->by_key, row);
	free(row->key);
	free(row->site);
	free(row);
}

static void begin_sample(struct watch_model *model)
{
	struct watch_row *row;

	for (row = model->by_key; row; row = row->hh.next) {
		row->count_before = row->count;
		row->count = 0;
		row->oldest_ms = 0;
		row->leak = NULL;
	}
}

static void count_leak(struct watch_model *model, const struct report_leak *leak)
{
	struct watch_row *row = row_of(model, leak);

	row->count += leak->count;
	if (leak->held_max_ms > row->oldest_ms)
		row->oldest_ms = leak->held_max_ms;
	if (!row->leak)
		row->leak = leak;
}

/* Updates rates and drops rows that have been gone for long. */
static void conclude(struct watch_model *model, double now_ms)
{
	struct watch_row *row, *next;

	model->row_count = 0;
	HASH_ITER(hh, model->by_key, row, next) {
		watch_trend_add(&row->trend, now_ms, row->count);
		if (!model->report)
			row->first_count = row->count_before = row->count;
		if (row->leak) {
			row->gone_ms = now_ms;
		} else if (now_ms - row->gone_ms > MS_SHOWN_AFTER_THE_END) {
			free_row(model, row);
			continue;
		}
		model->row_count++;
	}
}

void watch_model_take(struct watch_model *model, struct report *report, double now_ms)
{
	size_t i;

	begin_sample(model);
	for (i = 0; i < report->leak_count; i++)
		count_leak(model, &report->leaks[i]);
	conclude(model, now_ms);
	if (!model->report)
		model->first_leaked = report->leaked_sockets;
	watch_trend_add(&model->leaked, now_ms, report->leaked_sockets);
	report_free(model->report);
	model->report = report;
	model->now_ms = now_ms;
	watch_model_sort(model, model->order);
}

void watch_model_zero(struct watch_model *model)
{
	struct watch_row *row;

	for (row = model->by_key; row; row = row->hh.next)
		row->first_count = row->count;
	if (model->report)
		model->first_leaked = model->report->leaked_sockets;
	model->zeroed = true;
	watch_model_sort(model, model->order);
}

void watch_model_clear(struct watch_model *model)
{
	struct watch_row *row, *next;

	HASH_ITER(hh, model->by_key, row, next)
		free_row(model, row);
	free(model->rows);
	report_free(model->report);
	*model = (struct watch_model){ .report = NULL };
}

static int descending(double a, double b)
{
	return a == b ? 0 : a > b ? -1 : 1;
}

static double rate_of(const struct watch_row *row)
{
	double rate;

	return watch_trend_per_minute(&row->trend, &rate) ? rate : 0;
}

static int compare(const struct watch_row *a, const struct watch_row *b, enum watch_order order)
{
	switch (order) {
	case WATCH_BY_GROWTH:
		return descending((double)watch_row_growth(a), (double)watch_row_growth(b));
	case WATCH_BY_RATE:
		return descending(rate_of(a), rate_of(b));
	case WATCH_BY_AGE:
		return descending(a->oldest_ms, b->oldest_ms);
	case WATCH_BY_SITE:
		return strcmp(a->site, b->site);
	default:
		if (a->verdict != b->verdict)
			return a->verdict < b->verdict ? -1 : 1;
		return descending((double)a->count, (double)b->count);
	}
}

static int by_order(const void *left, const void *right, void *order)
{
	const struct watch_row *a = *(struct watch_row *const *)left;
	const struct watch_row *b = *(struct watch_row *const *)right;
	int difference = compare(a, b, *(const enum watch_order *)order);

	return difference ? difference : strcmp(a->key, b->key);
}

void watch_model_sort(struct watch_model *model, enum watch_order order)
{
	struct watch_row *row;
	size_t count = 0;

	free(model->rows);
	model->rows = allocate_zeroed(model->row_count + 1, sizeof(struct watch_row *));
	for (row = model->by_key; row; row = row->hh.next)
		model->rows[count++] = row;
	model->order = order;
	qsort_r(model->rows, count, sizeof(*model->rows), by_order, &order);
}

struct watch_row *watch_model_find(const struct watch_model *model, const char *key)
{
	struct watch_row *row;

	HASH_FIND_STR(model->by_key, key, row);
	return row;
}

const char *watch_order_name(enum watch_order order)
{
	static const char *const names[WATCH_ORDERS] = {
		[WATCH_BY_COUNT] = "count", [WATCH_BY_GROWTH] = "growth", [WATCH_BY_RATE] = "rate",
		[WATCH_BY_AGE] = "age",     [WATCH_BY_SITE] = "site",
	};

	return names[order];
}
