/* SPDX-License-Identifier: MIT */
#include "preload/ledger/descriptor_table.h"

#include "tests/ledger/ledger_fixture.h"

static bool put(struct ledger *ledger, int fd, uint32_t row)
{
	struct descriptor_entry replaced;

	return descriptor_put(ledger, fd, (struct descriptor_entry){ .row = row }, &replaced);
}

static void gives_what_was_put(void **state)
{
	struct descriptor_entry entry = { .row = 5,
					  .duplicate_stack = 0x7fffff,
					  .unverified = true };
	struct descriptor_entry replaced, found;
	struct ledger *ledger = *state;

	assert_true(descriptor_put(ledger, 9, entry, &replaced));
	assert_int_equal(replaced.row, NO_ROW);
	found = descriptor_get(ledger, 9);
	assert_int_equal(found.row, 5);
	assert_int_equal(found.duplicate_stack, 0x7fffff);
	assert_true(found.unverified);
	descriptor_verify(ledger, 9);
	assert_false(descriptor_get(ledger, 9).unverified);
	assert_int_equal(descriptor_get(ledger, 9).duplicate_stack, 0x7fffff);
	assert_int_equal(descriptor_take(ledger, 9).row, 5);
	assert_int_equal(descriptor_get(ledger, 9).row, NO_ROW);
	assert_int_equal(descriptor_take(ledger, 9).row, NO_ROW);
}

static void names_what_was_replaced(void **state)
{
	struct descriptor_entry replaced;
	struct ledger *ledger = *state;

	put(ledger, 3, 1);
	assert_true(descriptor_put(ledger, 3, (struct descriptor_entry){ .row = 2 }, &replaced));
	assert_int_equal(replaced.row, 1);
}

static void numbers_beyond_are_lost(void **state)
{
	struct ledger *ledger = *state;
	int beyond = (int)ledger->header->sections[SECTION_DESCRIPTORS].capacity;

	assert_false(put(ledger, beyond, 1));
	assert_false(put(ledger, -1, 1));
	assert_int_equal(ledger->header->lost[LOST_DESCRIPTORS], 2);
	assert_int_equal(descriptor_get(ledger, -1).row, NO_ROW);
	assert_int_equal(descriptor_get(ledger, beyond).row, NO_ROW);
	assert_int_equal(descriptor_get(ledger, INT32_MAX).row, NO_ROW);
}

/* Reading a hole of a shared mapping on tmpfs occupies memory, and dies where there is none left.
 */
static void reads_nothing_that_is_not_reserved(void **state)
{
	struct ledger *ledger = *state;
	uint64_t before;
	int fd;

	put(ledger, 500000, 1);
	before = fixture_bytes();
	for (fd = 0; fd < 490000; fd += 500) {
		assert_int_equal(descriptor_get(ledger, fd).row, NO_ROW);
		assert_int_equal(descriptor_take(ledger, fd).row, NO_ROW);
		assert_false(socket_is_held(socket_acquire(ledger, fd)));
	}
	assert_int_equal(descriptor_next(ledger, 0), 500000);
	assert_int_equal(descriptor_next(ledger, 500001), -1);
	assert_int_equal(fixture_bytes(), before);
}

static void walks_over_all(void **state)
{
	static const int numbers[] = { 600, 1030, 1031, 2047, 2048, 5000, 5001, 70000, 71200 };
	struct ledger *ledger = *state;
	unsigned int i;
	int fd = -1;

	assert_int_equal(descriptor_next(ledger, 0), -1);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		put(ledger, numbers[i], i);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		fd = descriptor_next(ledger, fd + 1);
		assert_int_equal(fd, numbers[i]);
	}
	assert_int_equal(descriptor_next(ledger, fd + 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(gives_what_was_put),
		LEDGER_TEST(names_what_was_replaced),
		LEDGER_TEST(numbers_beyond_are_lost),
		LEDGER_TEST(reads_nothing_that_is_not_reserved),
		LEDGER_TEST(walks_over_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
