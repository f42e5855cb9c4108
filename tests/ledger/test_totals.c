/* SPDX-License-Identifier: MIT */
#include "preload/ledger/totals.h"

#include "tests/ledger/ledger_fixture.h"

static const struct decision by_eof = { .kind = DECIDED_EOF, .stack = 3, .ns = 1000000 };
static const struct decision undecided = { .kind = DECIDED_NOT };

static const struct recorded_total *row(const struct ledger *ledger, unsigned int index)
{
	return (const struct recorded_total *)(const void *)ledger->sections[SECTION_TOTALS] +
	       index;
}

static void equal_ways_share_a_row(void **state)
{
	struct recorded_socket socket = { .opened_stack = 1, .eof_reads = 5 };
	struct ledger *ledger = *state;

	totals_add(ledger, &socket, &by_eof, 4, 3000000);
	socket.eof_reads = 2;
	totals_add(ledger, &socket, &by_eof, 4, 6000000);
	totals_add(ledger, &socket, &undecided, 4, 6000000);
	totals_add(ledger, &socket, &by_eof, 5, 500000);
	assert_int_equal(ledger_used(ledger, SECTION_TOTALS), 3);
	assert_int_equal(row(ledger, 0)->count, 2);
	assert_int_equal(row(ledger, 0)->held_sum_ns, 7000000);
	assert_int_equal(row(ledger, 0)->held_max_ns, 5000000);
	assert_int_equal(row(ledger, 0)->held[held_bucket(2000000)], 1);
	assert_int_equal(row(ledger, 0)->eof_reads_max, 5);
	assert_int_equal(row(ledger, 1)->decision, DECIDED_NOT);
	assert_int_equal(row(ledger, 1)->held_sum_ns, 0);
	assert_int_equal(row(ledger, 2)->held_sum_ns, 0);
}

static void a_full_table_counts_the_loss(void **state)
{
	struct recorded_socket socket = { .opened_stack = 1 };
	struct ledger *ledger = *state;

	ledger->header->sections[SECTION_TOTALS].capacity = 1;
	totals_add(ledger, &socket, &undecided, 4, 1);
	totals_add(ledger, &socket, &undecided, 5, 1);
	assert_int_equal(row(ledger, 0)->count, 1);
	assert_int_equal(ledger->header->lost[LOST_TOTALS], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(equal_ways_share_a_row),
		LEDGER_TEST(a_full_table_counts_the_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
