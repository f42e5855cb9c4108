/* SPDX-License-Identifier: MIT */
/*
 * finleak_cmocka.h: a test of cmocka that leaks a socket fails, and reports name it. Include
 * cmocka.h first, and list tests by these macros in the place of cmocka_unit_test() and
 * cmocka_unit_test_setup_teardown(). Without the recorder they are the same.
 */
#ifndef FINLEAK_CMOCKA_H
#define FINLEAK_CMOCKA_H

#include <finleak.h>

struct finleak_cmocka_test {
	const char *name;
	CMFixtureFunction setup, teardown; /* the test's own; or NULL */
};

/* The test that runs: cmocka runs one after the other. */
static struct {
	const struct finleak_cmocka_test *test;
	uint64_t start;
} finleak_cmocka_now;

static inline int finleak_cmocka_setup(void **state)
{
	finleak_cmocka_now.test = (const struct finleak_cmocka_test *)*state;
	finleak_label(finleak_cmocka_now.test->name);
	finleak_cmocka_now.start = finleak_checkpoint();
	*state = NULL;
	return finleak_cmocka_now.test->setup ? finleak_cmocka_now.test->setup(state) : 0;
}

static inline int finleak_cmocka_teardown(void **state)
{
	const struct finleak_cmocka_test *test = finleak_cmocka_now.test;
	int result = test->teardown ? test->teardown(state) : 0;
	long leaked = finleak_check(finleak_cmocka_now.start, stderr);

	finleak_label(NULL);
	if (leaked > 0)
		print_error("%s leaked %ld socket%s\n", test->name, leaked, leaked == 1 ? "" : "s");
	return leaked > 0 ? -1 : result;
}

/* A test with fixtures of its own; either may be NULL. *state is NULL at first. */
#define finleak_unit_test_setup_teardown(function, setup_function, teardown_function)              \
	{                                                                                          \
#function, function, finleak_cmocka_setup, finleak_cmocka_teardown,                \
			&(struct finleak_cmocka_test)                                              \
		{                                                                                  \
#function, setup_function, teardown_function                               \
		}                                                                                  \
	}

#define finleak_unit_test(function) finleak_unit_test_setup_teardown(function, NULL, NULL)

#endif
