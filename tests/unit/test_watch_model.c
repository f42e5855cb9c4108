/* SPDX-License-Identifier: MIT */
/* Findings of one report after the other, matched. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/finding_words.h"
#include "analyzer/watch/watch_lines.h"
#include "analyzer/watch/watch_model.h"

static const struct frame upload = {
	.function = "upload", .file = "/src/server.c", .line = 10, .module = "", .build_id = ""
};
static const struct frame other_line = {
	.function = "upload", .file = "/src/server.c", .line = 20, .module = "", .build_id = ""
};

/* A finding of a report under construction. */
struct finding {
	const char *id;
	uint64_t count;
	const struct frame *site;
	double oldest_ms;
	enum verdict verdict;
};

static struct report *report_of(const struct finding *findings, size_t count)
{
	struct report *report = calloc(1, sizeof(*report));
	size_t i;

	report->leaks = calloc(count + 1, sizeof(*report->leaks));
	report->leak_count = count;
	for (i = 0; i < count; i++) {
		struct report_leak *leak = &report->leaks[i];

		snprintf(leak->id, sizeof(leak->id), "%s", findings[i].id);
		leak->count = findings[i].count;
		leak->site = findings[i].site;
		leak->held_max_ms = findings[i].oldest_ms;
		leak->verdict = findings[i].verdict;
		finding_words_fill(leak, NULL);
		report_count(report, leak->class, leak->verdict, leak->count);
	}
	return report;
}

static void take(struct watch_model *model, double now_ms, const struct finding *findings,
		 size_t count)
{
	watch_model_take(model, report_of(findings, count), now_ms);
}

static void take_one(struct watch_model *model, double now_ms, uint64_t count)
{
	struct finding finding = { .id = "a", .count = count, .site = &upload };

	take(model, now_ms, &finding, 1);
}

static void what_was_there_at_the_start_has_not_grown(void **state)
{
	struct watch_model model = { .report = NULL };
	double rate;

	(void)state;
	take_one(&model, 5000, 7);
	assert_int_equal(model.row_count, 1);
	assert_int_equal(model.rows[0]->count, 7);
	assert_int_equal(watch_row_growth(model.rows[0]), 0);
	assert_false(watch_trend_per_minute(&model.rows[0]->trend, &rate));
	assert_string_equal(model.rows[0]->site, "server.c:10 in upload()");
	watch_model_clear(&model);
}

static void findings_grow_from_sample_to_sample(void **state)
{
	struct watch_model model = { .report = NULL };
	double rate;

	(void)state;
	take_one(&model, 0, 7);
	take_one(&model, 1000, 8);
	take_one(&model, 2000, 10);
	assert_int_equal(model.row_count, 1);
	assert_int_equal(watch_row_growth(model.rows[0]), 3);
	assert_int_equal(model.rows[0]->count_before, 8);
	assert_true(watch_trend_per_minute(&model.rows[0]->trend, &rate));
	assert_float_equal(rate, 90, 1e-9);
	assert_int_equal(model.first_leaked, 7);
	assert_true(watch_trend_per_minute(&model.leaked, &rate));
	assert_float_equal(rate, 90, 1e-9);
	watch_model_clear(&model);
}

static void what_comes_later_has_grown_from_nothing(void **state)
{
	struct watch_model model = { .report = NULL };
	double rate;

	(void)state;
	take(&model, 0, NULL, 0);
	assert_int_equal(model.row_count, 0);
	take_one(&model, 1000, 2);
	assert_int_equal(watch_row_growth(model.rows[0]), 2);
	assert_true(watch_trend_per_minute(&model.rows[0]->trend, &rate));
	assert_float_equal(rate, 120, 1e-9);
	watch_model_clear(&model);
}

/* Closed after all: shown as gone for a minute, then forgotten. */
static void what_is_gone_stays_for_a_minute(void **state)
{
	struct watch_model model = { .report = NULL };

	(void)state;
	take_one(&model, 0, 2);
	take(&model, 1000, NULL, 0);
	assert_int_equal(model.row_count, 1);
	assert_null(model.rows[0]->leak);
	assert_int_equal(model.rows[0]->count, 0);
	assert_int_equal(watch_row_growth(model.rows[0]), -2);
	take(&model, 60000, NULL, 0);
	assert_int_equal(model.row_count, 1);
	take(&model, 60001, NULL, 0);
	assert_int_equal(model.row_count, 0);
	watch_model_clear(&model);
}

static void what_comes_back_is_the_same_row(void **state)
{
	struct watch_model model = { .report = NULL };

	(void)state;
	take_one(&model, 0, 2);
	take(&model, 1000, NULL, 0);
	take_one(&model, 2000, 3);
	assert_int_equal(model.row_count, 1);
	assert_non_null(model.rows[0]->leak);
	assert_int_equal(watch_row_growth(model.rows[0]), 1);
	watch_model_clear(&model);
}

/* The id knows functions only. */
static void two_lines_of_a_function_are_two_rows(void **state)
{
	const struct finding findings[] = {
		{ .id = "a", .count = 3, .site = &upload },
		{ .id = "a", .count = 1, .site = &other_line },
	};
	const struct finding swapped[] = {
		{ .id = "a", .count = 4, .site = &other_line },
		{ .id = "a", .count = 3, .site = &upload },
	};
	struct watch_model model = { .report = NULL };

	(void)state;
	take(&model, 0, findings, 2);
	take(&model, 1000, swapped, 2);
	assert_int_equal(model.row_count, 2);
	assert_string_equal(model.rows[0]->site, "server.c:20 in upload()");
	assert_int_equal(watch_row_growth(model.rows[0]), 3);
	assert_int_equal(watch_row_growth(model.rows[1]), 0);
	watch_model_clear(&model);
}

static void rows_are_sorted_as_asked(void **state)
{
	const struct finding before[] = {
		{ .id = "many", .count = 90, .site = &upload, .oldest_ms = 1 },
		{ .id = "fast", .count = 1, .site = &other_line, .oldest_ms = 2 },
	};
	const struct finding after[] = {
		{ .id = "many", .count = 91, .site = &upload, .oldest_ms = 3 },
		{ .id = "fast", .count = 9, .site = &other_line, .oldest_ms = 4 },
		{ .id = "late", .count = 500, .site = NULL, .verdict = VERDICT_WARNING },
	};
	static const char *const first[WATCH_ORDERS] = { "many", "late", "late", "fast", "late" };
	struct watch_model model = { .report = NULL };
	int order;

	(void)state;
	take(&model, 0, before, 2);
	take(&model, 1000, after, 3);
	for (order = 0; order < WATCH_ORDERS; order++) {
		watch_model_sort(&model, (enum watch_order)order);
		assert_string_equal(model.rows[0]->leak->id, first[order]);
	}
	assert_string_equal(model.rows[0]->site, "an unknown place");
	/* It holds for the looks to come. */
	take(&model, 2000, before, 2);
	assert_string_equal(model.rows[0]->site, "an unknown place");
	watch_model_clear(&model);
}

static void names_cannot_steer_a_terminal(void **state)
{
	const struct frame evil = { .function = "f\033[2J",
				    .module = "x\n\033]0;y\a",
				    .build_id = "" };
	const struct finding finding = { .id = "a", .count = 1, .site = &evil };
	struct watch_model model = { .report = NULL };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	take(&model, 0, &finding, 1);
	assert_null(strpbrk(model.rows[0]->site, "\033\n\a"));
	watch_lines_sample(out, &model, true);
	fclose(out);
	assert_null(strpbrk(text, "\033\a"));
	assert_non_null(strstr(text, "f\\x1b[2J"));
	free(text);
	watch_model_clear(&model);
}

static void lines_show_what_changed(void **state)
{
	const struct finding findings[] = {
		{ .id = "a", .count = 3, .site = &upload, .oldest_ms = 1500 },
		{ .id = "b", .count = 1, .site = &other_line },
	};
	struct watch_model model = { .report = NULL };
	char *text = NULL;
	size_t size;
	FILE *out;

	(void)state;
	take_one(&model, 0, 1);
	take(&model, 1000, findings, 2);
	take(&model, 2000, findings, 1);
	out = open_memstream(&text, &size);
	watch_lines_sample(out, &model, false);
	fclose(out);
	assert_non_null(strstr(text, "3 leaked at 1 site (+2, 60.0/min)"));
	assert_null(strstr(text, "server.c:10"));
	assert_non_null(strstr(text, "eof-unclosed 0 (+0, 0.0/min) at server.c:20 in upload()"));
	free(text);
	watch_model_clear(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_there_at_the_start_has_not_grown),
		cmocka_unit_test(findings_grow_from_sample_to_sample),
		cmocka_unit_test(what_comes_later_has_grown_from_nothing),
		cmocka_unit_test(what_is_gone_stays_for_a_minute),
		cmocka_unit_test(what_comes_back_is_the_same_row),
		cmocka_unit_test(two_lines_of_a_function_are_two_rows),
		cmocka_unit_test(rows_are_sorted_as_asked),
		cmocka_unit_test(names_cannot_steer_a_terminal),
		cmocka_unit_test(lines_show_what_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
