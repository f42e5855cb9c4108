/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/base/printed_text.h"

static void assert_ends_as(FILE *out, const char *expected)
{
	char *text = printed_text_end(out);

	assert_string_equal(text, expected);
	free(text);
}

static void test_a_text_is_what_was_printed(void **state)
{
	FILE *out = printed_text_begin();

	(void)state;
	fprintf(out, "%d sockets", 7);
	fputs(" leaked", out);
	assert_ends_as(out, "7 sockets leaked");
}

static void test_nothing_printed_is_an_empty_text(void **state)
{
	(void)state;
	assert_ends_as(printed_text_begin(), "");
}

static void test_a_text_has_nothing_of_an_earlier_longer_one(void **state)
{
	FILE *out = printed_text_begin();

	(void)state;
	fprintf(out, "%100000d", 1);
	free(printed_text_end(out));
	out = printed_text_begin();
	fputs("ab", out);
	assert_ends_as(out, "ab");
	assert_ends_as(printed_text_begin(), "");
}

static void test_a_text_is_begun_inside_another(void **state)
{
	FILE *outer = printed_text_begin(), *inner;

	(void)state;
	fputs("outer", outer);
	inner = printed_text_begin();
	assert_ptr_not_equal(inner, outer);
	fputs("inner", inner);
	fputs(" goes on", outer);
	assert_ends_as(inner, "inner");
	fputs(".", outer);
	assert_ends_as(outer, "outer goes on.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_is_what_was_printed),
		cmocka_unit_test(test_nothing_printed_is_an_empty_text),
		cmocka_unit_test(test_a_text_has_nothing_of_an_earlier_longer_one),
		cmocka_unit_test(test_a_text_is_begun_inside_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
