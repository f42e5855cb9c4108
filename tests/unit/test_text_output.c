/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/render/text_output.h"

static void assert_wrapped(const char *any, unsigned int width, size_t lines, const char *expected)
{
	struct text text = { .width = width };
	char *printed;
	size_t size;

	text.out = open_memstream(&printed, &size);
	assert_non_null(text.out);
	assert_int_equal(text_wrapped(&text, "Fix: ", any), lines);
	fclose(text.out);
	assert_string_equal(printed, expected);
	free(printed);
}

static void test_lines_break_at_blanks(void **state)
{
	(void)state;
	assert_wrapped("close it", 40, 1, "Fix: close it\n");
	assert_wrapped("close  it once the end was read", 20, 3,
		       "Fix: close it once\n     the end was\n     read\n");
}

/* Nothing is lost, and no character is cut in two. */
static void test_a_word_that_fits_on_no_line_is_broken(void **state)
{
	(void)state;
	assert_wrapped("at \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 end", 10, 4,
		       "Fix: at\n     \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n"
		       "     \xc3\xa9\xc3\xa9\n     end\n");
}

static void test_what_controls_a_terminal_is_escaped(void **state)
{
	char *escaped = text_escaped("a\033[2Jb\xff");

	(void)state;
	assert_string_equal(escaped, "a\\x1b[2Jb\\xff");
	free(escaped);
	escaped = text_escaped("caf\xc3\xa9");
	assert_string_equal(escaped, "caf\xc3\xa9");
	free(escaped);
	/* Escapes take columns. */
	assert_wrapped("\033 \033 \033", 12, 3, "Fix: \\x1b\n     \\x1b\n     \\x1b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_break_at_blanks),
		cmocka_unit_test(test_a_word_that_fits_on_no_line_is_broken),
		cmocka_unit_test(test_what_controls_a_terminal_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
