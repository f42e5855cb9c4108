/* SPDX-License-Identifier: MIT */
/* The table of sites: what there is room for. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/render/text_output.h"
#include "analyzer/watch/watch_columns.h"

static const struct report_leak leak;

static struct watch_row row_of(enum leak_class class, enum leak_reason reason, uint64_t count)
{
	static char site[] = "connection.c:290 in close_client()";
	struct watch_row row = { .class = class,
				 .reason = reason,
				 .count = count,
				 .site = site,
				 .oldest_ms = 12345,
				 .leak = &leak };

	watch_trend_add(&row.trend, 0, 0);
	watch_trend_add(&row.trend, 60000, count);
	return row;
}

static void assert_line(int width, const struct watch_row *row, const char *titles,
			const char *expected)
{
	struct watch_columns columns = watch_columns_of(&row, 1, width);
	char *line = watch_columns_titles(&columns, WATCH_BY_RATE);

	assert_string_equal(line, titles);
	free(line);
	line = watch_columns_line(&columns, row);
	assert_string_equal(line, expected);
	free(line);
}

static void the_site_has_room(void **state)
{
	struct watch_row row = row_of(CLASS_EOF_UNCLOSED, REASON_NONE, 20);

	(void)state;
	assert_line(80, &row, "  COUNT  GROWTH *PER MIN  OLDEST MINUTE REASON       SITE",
		    "    20     +20     20.0  12.3 s _____# eof-unclosed connection.c:290 in "
		    "close_client()");
	/* The reason says more than the class; both where there is room. */
	row = row_of(CLASS_FIN_UNREAD, REASON_NOT_POLLED, 20);
	assert_line(80, &row, "  COUNT  GROWTH *PER MIN  OLDEST MINUTE REASON     SITE",
		    "    20     +20     20.0  12.3 s _____# not-polled connection.c:290 in "
		    "close_client()");
	assert_line(
		132, &row, "  COUNT  GROWTH *PER MIN  OLDEST MINUTE REASON                  SITE",
		"    20     +20     20.0  12.3 s _____# fin-unread (not-polled) connection.c:290 "
		"in close_client()");
}

static void columns_grow_with_what_they_hold(void **state)
{
	struct watch_row row = row_of(CLASS_EOF_UNCLOSED, REASON_NONE, 123456789);
	struct watch_row gone = row_of(CLASS_EOF_UNCLOSED, REASON_NONE, 1);
	const struct watch_row *rows[] = { &row, &gone };
	struct watch_columns columns = watch_columns_of(rows, 2, 80);
	char *line;

	(void)state;
	gone.leak = NULL;
	line = watch_columns_line(&columns, &gone);
	assert_non_null(strstr(line, "        1         +1 "));
	assert_non_null(strstr(line, "      - "));
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_site_has_room),
		cmocka_unit_test(columns_grow_with_what_they_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
