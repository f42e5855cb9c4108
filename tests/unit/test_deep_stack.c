/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "analyzer/symbolize/deep_stack.h"
#include "tests/unit/unit.h"

#define NEEDED (2u << 20)

/* As libdw does, page for page. */
static __attribute__((noinline)) void need_stack(void *argument)
{
	volatile char bytes[NEEDED];
	size_t i;

	for (i = 0; i < sizeof(bytes); i += 1024)
		bytes[sizeof(bytes) - 1 - i] = 1;
	*(bool *)argument = bytes[0] != 2;
}

static void work_has_stack_under_a_small_limit(void **state)
{
	struct rlimit before;
	bool done = false;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_STACK, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_STACK, &(struct rlimit){ 64u << 10, before.rlim_max }),
			 0);
	deep_stack_call(need_stack, &done);
	assert_int_equal(setrlimit(RLIMIT_STACK, &before), 0);
	assert_true(done);
}

static void work_is_done_without_a_thread_where_there_is_stack(void **state)
{
	bool done = false;

	(void)state;
	deep_stack_call(need_stack, &done);
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_has_stack_under_a_small_limit),
		cmocka_unit_test(work_is_done_without_a_thread_where_there_is_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
