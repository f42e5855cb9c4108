/* SPDX-License-Identifier: MIT */
#include "preload/ledger/winding_up.h"

#include <time.h>

#include "preload/ledger/ledger.h"
#include "tests/ledger/ledger_fixture.h"

#define CLOSED_NS (fixture_identity().start_ns + 5)

static uint64_t computed_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void compute_for(uint64_t ns)
{
	uint64_t until_ns = computed_ns() + ns;

	while (computed_ns() < until_ns)
		;
}

static void one_that_computes_for_a_moment_ends(void **state)
{
	struct ledger *ledger = *state;

	winding_up_begin(CLOSED_NS);
	compute_for(WINDING_UP_NS / 10);
	winding_up_end(ledger);
	assert_int_equal(ledger->header->wound_up_ns, CLOSED_NS);
}

static void one_that_computes_for_long_goes_on(void **state)
{
	struct ledger *ledger = *state;

	winding_up_begin(CLOSED_NS);
	compute_for(WINDING_UP_NS + WINDING_UP_NS / 10);
	winding_up_end(ledger);
	assert_int_equal(ledger->header->wound_up_ns, 0);
}

static void one_that_waits_goes_on(void **state)
{
	struct ledger *ledger = *state;

	winding_up_begin(CLOSED_NS);
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	winding_up_end(ledger);
	assert_int_equal(ledger->header->wound_up_ns, 0);
}

static void what_another_process_closed_does_not_count(void **state)
{
	struct ledger *ledger = *state;

	winding_up_begin(CLOSED_NS);
	ledger->header->start_ns = CLOSED_NS + 1;
	winding_up_end(ledger);
	assert_int_equal(ledger->header->wound_up_ns, 0);
}

static void one_that_answers_and_ends_is_noted(void **state)
{
	struct ledger *ledger = *state;

	winding_up_answered(CLOSED_NS);
	winding_up_end(ledger);
	assert_int_equal(ledger->header->answered_ns, CLOSED_NS);
}

static void one_that_answers_and_waits_goes_on(void **state)
{
	struct ledger *ledger = *state;

	winding_up_answered(CLOSED_NS);
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	winding_up_begin(CLOSED_NS + 1);
	winding_up_end(ledger);
	assert_int_equal(ledger->header->answered_ns, 0);
	assert_int_equal(ledger->header->wound_up_ns, CLOSED_NS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(one_that_computes_for_a_moment_ends),
		LEDGER_TEST(one_that_computes_for_long_goes_on),
		LEDGER_TEST(one_that_waits_goes_on),
		LEDGER_TEST(what_another_process_closed_does_not_count),
		LEDGER_TEST(one_that_answers_and_ends_is_noted),
		LEDGER_TEST(one_that_answers_and_waits_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
