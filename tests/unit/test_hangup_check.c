/* SPDX-License-Identifier: MIT */
/* Which line checks for EPOLLRDHUP. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/source/hangup_check.h"

static unsigned int check_in(const char *text)
{
	char path[] = "/tmp/finleak-test.XXXXXX";
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	const struct frame frame = { .function = "serve", .file = path, .line = 1 };
	FILE *file = fdopen(mkstemp(path), "w");
	unsigned int line;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	line = hangup_check(symbolizer, &frame);
	symbolizer_free(symbolizer);
	assert_int_equal(unlink(path), 0);
	return line;
}

static void test_check_is_found(void **state)
{
	(void)state;
	assert_int_equal(check_in("watch(fd, EPOLLIN | EPOLLRDHUP);\n"
				  "if (events & EPOLLRDHUP)\n"),
			 2);
	assert_int_equal(check_in("event.events = EPOLLIN | EPOLLRDHUP;\n"
				  "epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);\n"
				  "/* events & EPOLLRDHUP */\n"
				  "if (event.events & (EPOLLHUP | EPOLLERR |\n"
				  "		EPOLLRDHUP))\n"),
			 5);
}

static void test_request_is_no_check(void **state)
{
	(void)state;
	assert_int_equal(check_in("watch(fd, &event, EPOLLIN | EPOLLRDHUP);\n"), 0);
	assert_int_equal(check_in("event.events = EPOLLIN | EPOLLRDHUP;\n"), 0);
	assert_int_equal(check_in("if (events & EPOLLHUP)\n"), 0);
}

static void test_one_of_several_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(check_in("if (a & EPOLLRDHUP)\nif (b & EPOLLRDHUP)\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_is_found),
		cmocka_unit_test(test_request_is_no_check),
		cmocka_unit_test(test_one_of_several_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
