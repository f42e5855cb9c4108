/* SPDX-License-Identifier: MIT */
#include "preload/ledger/module_table.h"

#include "tests/ledger/ledger_fixture.h"

static const struct recorded_module plugin = {
	.start = 0x1000, .end = 0x2000, .bias = 0x1000, .build_id_size = 2, .build_id = { 1, 2 }
};
static const struct recorded_module other = { .start = 0x1800, .end = 0x2800, .bias = 0x1800 };

static void a_module_covers_its_addresses(void **state)
{
	struct ledger *ledger = *state;

	assert_int_equal(module_meet(ledger, &plugin, "/p"), MODULE_NEW);
	module_add(ledger, &plugin, "/p");
	assert_int_equal(module_meet(ledger, &plugin, "/p"), MODULE_KNOWN);
	assert_int_equal(module_meet(ledger, &plugin, "/q"), MODULE_NEW);
	assert_true(module_covers(ledger, 0x1000));
	assert_false(module_covers(ledger, 0xfff));
	assert_false(module_covers(ledger, 0x2000));
	assert_string_equal(module_path(ledger, module_at(ledger, 0)), "/p");
}

static void a_module_that_is_back_holds_again(void **state)
{
	struct ledger *ledger = *state;
	uint32_t seq;

	module_add(ledger, &plugin, "/p");
	seq = module_sequence(ledger);
	module_unload(ledger, 0);
	assert_false(module_covers(ledger, 0x1000));
	assert_true(module_is_unloaded(ledger, 0x1000, seq));
	assert_int_equal(module_meet(ledger, &plugin, "/p"), MODULE_BACK);
	assert_true(module_covers(ledger, 0x1000));
	assert_int_equal(module_count(ledger), 1);
}

/* Addresses of stacks that lie between the two belong to the other one. */
static void a_superseded_module_gets_another_row(void **state)
{
	struct ledger *ledger = *state;

	module_add(ledger, &plugin, "/p");
	module_unload(ledger, 0);
	module_add(ledger, &other, "/o");
	module_unload(ledger, 1);
	assert_int_equal(module_meet(ledger, &plugin, "/p"), MODULE_NEW);
}

static void a_full_table_counts_the_loss(void **state)
{
	struct ledger *ledger = *state;

	ledger->header->sections[SECTION_MODULES].capacity = 1;
	module_add(ledger, &plugin, "/p");
	module_add(ledger, &other, "/o");
	assert_int_equal(ledger->header->lost[LOST_MODULES], 1);
	assert_false(module_covers(ledger, 0x2000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_module_covers_its_addresses),
		LEDGER_TEST(a_module_that_is_back_holds_again),
		LEDGER_TEST(a_superseded_module_gets_another_row),
		LEDGER_TEST(a_full_table_counts_the_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
