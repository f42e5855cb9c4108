/* SPDX-License-Identifier: MIT */
#include "preload/ledger/stack_table.h"

#include "tests/ledger/ledger_fixture.h"

static const uint64_t one[] = { 0x1000, 0x2000, 0x3000 };
static const uint64_t other[] = { 0x1000, 0x2000, 0x4000 };

static bool moved_3000(const struct ledger *ledger, uint64_t pc, uint32_t seq)
{
	(void)ledger;
	(void)seq;
	return pc == 0x3000;
}

static bool moved_nothing(const struct ledger *ledger, uint64_t pc, uint32_t seq)
{
	(void)ledger;
	(void)pc;
	(void)seq;
	return false;
}

static void a_stack_is_stored_once(void **state)
{
	struct ledger *ledger = *state;
	uint32_t id = stack_add(ledger, one, 3, false, 1);
	uint64_t used = ledger_used(ledger, SECTION_STACKS);

	assert_int_not_equal(id, 0);
	assert_int_equal(stack_find(ledger, one, 3), id);
	assert_int_equal(stack_add(ledger, one, 3, false, 2), id);
	assert_int_equal(ledger_used(ledger, SECTION_STACKS), used);
	assert_int_equal(stack_find(ledger, other, 3), 0);
	assert_int_equal(stack_find(ledger, one, 2), 0);
	assert_int_not_equal(stack_add(ledger, other, 3, false, 1), id);
}

static void unloaded_code_makes_another_stack(void **state)
{
	struct ledger *ledger = *state;
	uint32_t id = stack_add(ledger, one, 3, false, 1),
		 kept = stack_add(ledger, other, 3, false, 1);
	uint32_t after;

	assert_true(stack_table_retire(ledger, moved_3000));
	assert_false(stack_table_retire(ledger, moved_3000));
	assert_int_equal(stack_find(ledger, one, 3), 0);
	assert_int_equal(stack_find(ledger, other, 3), kept);
	after = stack_add(ledger, one, 3, false, 2);
	assert_int_not_equal(after, 0);
	assert_int_not_equal(after, id);
}

static void code_that_is_back_brings_its_stacks(void **state)
{
	struct ledger *ledger = *state;
	uint32_t id = stack_add(ledger, one, 3, false, 1);

	stack_table_retire(ledger, moved_3000);
	stack_table_retire(ledger, moved_nothing);
	assert_int_equal(stack_find(ledger, one, 3), id);
}

static uint32_t taken_meanwhile;

/* Another thread adds the stack, whose code is back, between the look at its place and the store.
 */
static bool another_thread_adds(const struct ledger *ledger, uint64_t pc, uint32_t seq)
{
	(void)pc;
	(void)seq;
	if (!taken_meanwhile)
		taken_meanwhile = stack_add((struct ledger *)(uintptr_t)ledger, one, 3, false, 2);
	return false;
}

static void a_place_that_was_taken_meanwhile_is_left_alone(void **state)
{
	struct ledger *ledger = *state;

	taken_meanwhile = 0;
	stack_add(ledger, one, 3, false, 1);
	stack_table_retire(ledger, moved_3000);
	stack_table_retire(ledger, another_thread_adds);
	assert_int_not_equal(taken_meanwhile, 0);
	assert_int_equal(stack_find(ledger, one, 3), taken_meanwhile);
}

static void a_full_table_gives_none(void **state)
{
	struct ledger *ledger = *state;
	uint32_t i, failed = 0;

	ledger->header->sections[SECTION_STACKS].capacity = RECORDING_CHUNK;
	for (i = 0; i < 1000; i++) {
		uint64_t pc[] = { 0x1000 + i, 0x2000 };

		failed += stack_add(ledger, pc, 2, false, 1) == 0;
	}
	assert_in_range(failed, 1, 999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_stack_is_stored_once),
		LEDGER_TEST(unloaded_code_makes_another_stack),
		LEDGER_TEST(code_that_is_back_brings_its_stacks),
		LEDGER_TEST(a_place_that_was_taken_meanwhile_is_left_alone),
		LEDGER_TEST(a_full_table_gives_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
