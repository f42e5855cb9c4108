/* SPDX-License-Identifier: MIT */
/* What the runtimes' readers take out of an interpreter's memory: no byte that can't be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "preload/platform/readable.h"
#include "preload/runtimes/checked_memory.h"

#define PAGES 3

/* Two pages that can be read, and one behind them that can't. */
static char *pages(void)
{
	char *start = mmap(NULL, PAGES * READABLE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(start != MAP_FAILED);
	assert_int_equal(mprotect(start + 2 * READABLE_PAGE, READABLE_PAGE, PROT_NONE), 0);
	return start;
}

static bool text_at(const char *from, char *to, size_t size)
{
	struct checked_memory memory = { { 0 }, 0 };

	return checked_text(&memory, from, to, size);
}

static void test_text_across_pages(void **state)
{
	char *start = pages(), *place = start + READABLE_PAGE - 3, text[16];

	(void)state;
	strcpy(place, "abcdef");
	assert_true(text_at(place, text, sizeof(text)));
	assert_string_equal(text, "abcdef");
	munmap(start, PAGES * READABLE_PAGE);
}

static void test_text_that_ends_with_the_last_page(void **state)
{
	char *start = pages(), *place = start + 2 * READABLE_PAGE - 4, text[16];

	(void)state;
	strcpy(place, "abc");
	assert_true(text_at(place, text, sizeof(text)));
	assert_string_equal(text, "abc");
	munmap(start, PAGES * READABLE_PAGE);
}

static void test_text_that_runs_into_nothing(void **state)
{
	char *start = pages(), *place = start + 2 * READABLE_PAGE - 4, text[16];

	(void)state;
	memcpy(place, "abcd", 4);
	assert_false(text_at(place, text, sizeof(text)));
	assert_false(text_at(start + 2 * READABLE_PAGE, text, sizeof(text)));
	assert_false(text_at(NULL, text, sizeof(text)));
	munmap(start, PAGES * READABLE_PAGE);
}

static void test_text_is_cut_to_its_room(void **state)
{
	char *start = pages(), *place = start + 2 * READABLE_PAGE - 7, text[8];

	(void)state;
	memcpy(place, "abcdefg", 7);
	assert_true(text_at(place, text, sizeof(text)));
	assert_string_equal(text, "abcdefg");
	munmap(start, PAGES * READABLE_PAGE);
}

static void test_control_characters_are_no_name(void **state)
{
	char text[16];

	(void)state;
	assert_false(text_at("a\nb", text, sizeof(text)));
	assert_false(text_at("", text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_across_pages),
		cmocka_unit_test(test_text_that_ends_with_the_last_page),
		cmocka_unit_test(test_text_that_runs_into_nothing),
		cmocka_unit_test(test_text_is_cut_to_its_room),
		cmocka_unit_test(test_control_characters_are_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
