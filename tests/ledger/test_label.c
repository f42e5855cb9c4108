/* SPDX-License-Identifier: MIT */
#include "preload/ledger/label.h"

#include <stdio.h>
#include <string.h>
#include "preload/ledger/string_table.h"
#include "tests/ledger/ledger_fixture.h"

static const char *text_of(const struct ledger *ledger, uint32_t label)
{
	return label ? string_at(ledger, label - 1) : "";
}

static void a_socket_keeps_the_label_of_each_moment(void **state)
{
	struct ledger *ledger = *state;
	struct recorded_socket *row;
	struct held_socket held;

	assert_true(label_set(ledger, "opens"));
	row = socket_row(ledger, fixture_socket(ledger, 4, 100));
	assert_true(label_set(ledger, "ends"));
	held = socket_acquire(ledger, 4);
	socket_note_eof(ledger, held, 9, 1000);
	assert_true(label_set(ledger, "fails"));
	assert_string_equal(text_of(ledger, row->opened_label), "opens");
	assert_string_equal(text_of(ledger, row->ended_label), "ends");
	socket_note_error(ledger, held, 104, 9, 2000);
	assert_string_equal(text_of(ledger, row->ended_label), "fails");
	assert_true(label_set(ledger, "shuts"));
	socket_note_shutdown(ledger, held, 9, 3000);
	assert_string_equal(text_of(ledger, row->ended_label), "shuts");
	socket_release(ledger, held);
}

static void a_row_that_is_used_again_has_no_label_of_before(void **state)
{
	struct ledger *ledger = *state;
	struct recorded_socket *row;

	label_set(ledger, "before");
	row = socket_row(ledger, fixture_socket(ledger, 4, 100));
	row->ended_label = row->opened_label;
	label_set(ledger, "");
	socket_close(ledger, 4, 9, 5000);
	assert_ptr_equal(socket_row(ledger, fixture_socket(ledger, 5, 101)), row);
	assert_int_equal(row->opened_label, 0);
	assert_int_equal(row->ended_label, 0);
}

static void a_departure_keeps_the_label_of_the_opening(void **state)
{
	struct ledger *ledger = *state;
	const struct recorded_departure *departure;
	struct recorded_socket *row;

	label_set(ledger, "opens");
	row = socket_row(ledger, fixture_socket(ledger, 4, 100));
	row->eof_ns = 1000;
	socket_close(ledger, 4, 9, 1000 + 2 * (uint64_t)RECORDED_STUCK_NS);
	departure = (const void *)ledger_base(ledger, SECTION_DEPARTURES);
	assert_int_equal(departure->cookie, 100);
	assert_string_equal(text_of(ledger, departure->opened_label), "opens");
}

static void a_label_is_stored_once(void **state)
{
	struct ledger *ledger = *state;
	uint32_t first;
	uint64_t used;

	label_set(ledger, "test");
	first = label_now(ledger);
	label_set(ledger, "other");
	used = ledger_used(ledger, SECTION_STRINGS);
	label_set(ledger, "test");
	assert_int_equal(label_now(ledger), first);
	assert_int_equal(ledger_used(ledger, SECTION_STRINGS), used);
}

static void what_finds_no_room_is_no_label(void **state)
{
	struct ledger *ledger = *state;
	unsigned int i;
	char text[64];

	ledger->header->sections[SECTION_STRINGS].capacity = RECORDING_CHUNK;
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "a test with a name of some length, number %u", i);
		if (!label_set(ledger, text))
			break;
	}
	assert_in_range(i, 1, 999);
	assert_int_equal(label_now(ledger), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_socket_keeps_the_label_of_each_moment),
		LEDGER_TEST(a_row_that_is_used_again_has_no_label_of_before),
		LEDGER_TEST(a_departure_keeps_the_label_of_the_opening),
		LEDGER_TEST(a_label_is_stored_once),
		LEDGER_TEST(what_finds_no_room_is_no_label),
	};

	return cmocka_run_group_tests_name("ledger.label", tests, NULL, NULL);
}
