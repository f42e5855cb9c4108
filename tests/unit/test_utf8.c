/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/utf8.h"

static void assert_escaped(const char *text, const char *expected)
{
	char *escaped;
	size_t size;
	FILE *out = open_memstream(&escaped, &size);

	assert_non_null(out);
	utf8_print_escaped(out, text);
	fclose(out);
	assert_string_equal(escaped, expected);
	free(escaped);
}

static void test_escaping(void **state)
{
	(void)state;
	assert_escaped("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		       "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	assert_escaped("\033[2J", "\\x1b[2J");
	assert_escaped("\t\n\x7f", "\\x09\\x0a\\x7f");
	/* C1 controls: CSI in one character. */
	assert_escaped("\xc2\x9b"
		       "2J",
		       "\\xc2\\x9b2J");
	/* Right-to-left override. */
	assert_escaped("\xe2\x80\xae", "\\xe2\\x80\\xae");
	/* Overlong, surrogate, beyond the last, cut. */
	assert_escaped("\xc0\xaf", "\\xc0\\xaf");
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	assert_escaped("\xe2\x82", "\\xe2\\x82");
}

static void test_what_needs_no_escapes_is_safe(void **state)
{
	(void)state;
	assert_true(utf8_is_safe(""));
	assert_true(utf8_is_safe("/srv/caf\xc3\xa9/a.c:7"));
	assert_false(utf8_is_safe("a\033[2J"));
	assert_false(utf8_is_safe("a\n"));
	assert_false(utf8_is_safe("\xe2\x80\xae"
				  "b"));
	assert_false(utf8_is_safe("cut \xe2\x82"));
}

static void test_valid_copy(void **state)
{
	char *copy = utf8_valid_copy("a\xff"
				     "b\xc3\xa9\xe2\x82");

	(void)state;
	assert_string_equal(copy, "a\xef\xbf\xbd"
				  "b\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd");
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_what_needs_no_escapes_is_safe),
		cmocka_unit_test(test_valid_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
