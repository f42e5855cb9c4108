/* SPDX-License-Identifier: MIT */
#include "preload/ledger/inheritance.h"

#include "tests/ledger/ledger_fixture.h"

static void duplicate(struct ledger *ledger, int fd, int copy)
{
	struct held_socket held = socket_acquire(ledger, fd);

	assert_true(socket_promise_descriptor(held));
	socket_keep_promise(ledger, held, copy, 11);
}

static void a_child_has_what_was_open(void **state)
{
	struct ledger *ledger = *state, *child = fixture_open();
	struct inheritance inheritance;
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	fixture_socket(ledger, 5, 101);
	fixture_socket(ledger, 9000, 102);
	duplicate(ledger, 9000, 6);
	socket_close(ledger, 4, 9, 5000);
	assert_true(inheritance_copy(ledger, false, &inheritance));
	/* What the parent does afterwards is not the child's business. */
	socket_close(ledger, 5, 9, 6000);
	inheritance_give(child, &inheritance);
	inheritance_drop(&inheritance);
	assert_int_equal(fixture_check(child), 2);
	assert_int_equal(descriptor_get(child, 4).row, NO_ROW);
	assert_int_equal(descriptor_get(child, 6).row, descriptor_get(child, 9000).row);
	assert_int_equal(descriptor_get(child, 6).duplicate_stack, 11);
	assert_false(descriptor_get(child, 5).unverified);
	held = socket_acquire(child, 5);
	assert_int_equal(held.row->cookie, 101);
	assert_int_equal(held.row->source, SOURCE_FORK);
	assert_int_equal(held.row->opened_stack, 7);
	socket_release(child, held);
	fixture_close(child);
}

static void beside_threads_nothing_is_certain(void **state)
{
	struct ledger *ledger = *state, *child = fixture_open();
	struct inheritance inheritance;

	fixture_socket(ledger, 4, 100);
	assert_true(inheritance_copy(ledger, true, &inheritance));
	inheritance_give(child, &inheritance);
	inheritance_drop(&inheritance);
	assert_true(descriptor_get(child, 4).unverified);
	fixture_close(child);
}

/* A hole of the table must not be read, as nowhere else. */
static void copies_what_is_reserved_only(void **state)
{
	struct ledger *ledger = *state;
	struct inheritance inheritance;
	uint64_t before;

	fixture_socket(ledger, 500000, 100);
	before = fixture_bytes();
	assert_true(inheritance_copy(ledger, false, &inheritance));
	assert_int_equal(inheritance.descriptor_count, 1);
	inheritance_drop(&inheritance);
	assert_int_equal(fixture_bytes(), before);
}

static void nothing_open_is_nothing_inherited(void **state)
{
	struct ledger *ledger = *state, *child = fixture_open();
	struct inheritance inheritance;

	assert_true(inheritance_copy(ledger, false, &inheritance));
	inheritance_give(child, &inheritance);
	inheritance_drop(&inheritance);
	assert_int_equal(fixture_check(child), 0);
	fixture_close(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_child_has_what_was_open),
		LEDGER_TEST(beside_threads_nothing_is_certain),
		LEDGER_TEST(copies_what_is_reserved_only),
		LEDGER_TEST(nothing_open_is_nothing_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
