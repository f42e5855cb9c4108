/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger.h"

#include "tests/ledger/ledger_fixture.h"

static void says_whom_it_is_about(void **state)
{
	const struct recording_header *header = ((struct ledger *)*state)->header;

	assert_string_equal(header->magic, RECORDING_MAGIC);
	assert_int_equal(header->version, RECORDING_VERSION);
	assert_int_equal(header->ready, 1);
	assert_int_equal(header->pid, fixture_identity().pid);
	assert_int_equal(header->frames_limit, 64);
	assert_string_equal(header->executable, "/bin/true");
	assert_string_equal(header->command, "true");
}

/* One process may write several: none shares anything with another. */
static void ledgers_are_independent(void **state)
{
	struct ledger *one = *state, *other = fixture_open();

	fixture_socket(one, 4, 100);
	assert_int_equal(fixture_check(one), 1);
	assert_int_equal(fixture_check(other), 0);
	assert_int_equal(descriptor_get(other, 4).row, NO_ROW);
	fixture_socket(other, 4, 200);
	socket_close(one, 4, 9, 5000);
	assert_int_equal(fixture_check(other), 1);
	fixture_close(other);
}

static void appends_until_the_section_is_full(void **state)
{
	struct ledger *ledger = *state;
	uint64_t capacity = ledger->header->sections[SECTION_MODULES].capacity;

	assert_int_equal(ledger_append(ledger, SECTION_MODULES, capacity - 1), 0);
	assert_int_equal(ledger_append(ledger, SECTION_MODULES, 2), UINT64_MAX);
	assert_int_equal(ledger_append(ledger, SECTION_MODULES, 1), capacity - 1);
	assert_int_equal(ledger_append(ledger, SECTION_MODULES, 1), UINT64_MAX);
}

static void a_ring_begins_again(void **state)
{
	struct ledger *ledger = *state;
	uint64_t capacity = ledger->header->sections[SECTION_BIRTHS].capacity, i;

	for (i = 0; i < capacity + 3; i++)
		assert_int_equal(ledger_append_to_ring(ledger, SECTION_BIRTHS), i % capacity);
	assert_int_equal(ledger_used(ledger, SECTION_BIRTHS), capacity + 3);
}

static void a_limit_of_files_gets_a_smaller_one(void **state)
{
	struct ledger_identity identity = fixture_identity();
	struct ledger small = { .header = NULL };

	(void)state;
	identity.file_size_limit = ledger_layout_size(ledger_layout(1));
	assert_true(ledger_create(&small, fixture_folder(), &identity));
	assert_ptr_equal(small.layout, ledger_layout(1));
	ledger_unmap(&small);
	identity.file_size_limit = 1000;
	assert_false(ledger_create(&small, fixture_folder(), &identity));
	assert_false(ledger_is_open(&small));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(says_whom_it_is_about),
		LEDGER_TEST(ledgers_are_independent),
		LEDGER_TEST(appends_until_the_section_is_full),
		LEDGER_TEST(a_ring_begins_again),
		LEDGER_TEST(a_limit_of_files_gets_a_smaller_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
