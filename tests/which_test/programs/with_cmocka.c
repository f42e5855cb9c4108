/* SPDX-License-Identifier: MIT */
/* Tests of cmocka, one of which leaks: two that pass without the recorder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <finleak_cmocka.h>
#include "connections.h"

static void closes(void **state)
{
	int connection = open_connection();

	assert_null(*state);
	assert_int_equal(read_to_end(connection), 0);
	close(connection);
}

static void leaks(void **state)
{
	(void)state;
	assert_int_equal(read_to_end(open_connection()), 0);
}

static int opens(void **state)
{
	static int connection;

	connection = open_connection();
	*state = &connection;
	return 0;
}

static int closes_its_own(void **state)
{
	return close(*(int *)*state);
}

static void has_fixtures(void **state)
{
	assert_int_equal(read_to_end(*(int *)*state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finleak_unit_test(closes),
		finleak_unit_test(leaks),
		finleak_unit_test_setup_teardown(has_fixtures, opens, closes_its_own),
	};

	return cmocka_run_group_tests_name("outside", tests, NULL, NULL);
}
