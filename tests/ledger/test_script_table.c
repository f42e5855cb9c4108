/* SPDX-License-Identifier: MIT */
#include "preload/ledger/script_table.h"

#include <stdio.h>
#include "tests/ledger/ledger_fixture.h"

static void a_line_is_stored_once(void **state)
{
	struct ledger *ledger = *state;
	uint32_t row = script_row(ledger, "/a.py", "main", 7);

	assert_int_not_equal(row, NO_SCRIPT);
	assert_int_equal(script_row(ledger, "/a.py", "main", 7), row);
	assert_int_not_equal(script_row(ledger, "/a.py", "main", 8), row);
	assert_int_not_equal(script_row(ledger, "/a.py", "run", 7), row);
	assert_string_equal(script_string(ledger, script_at(ledger, row)->file), "/a.py");
	assert_string_equal(script_string(ledger, script_at(ledger, row)->function), "main");
	assert_int_equal(script_at(ledger, row)->line, 7);
	assert_int_equal(script_at(ledger, script_row(ledger, "/b.py", "main", 1))->function,
			 script_at(ledger, row)->function);
}

static void scripts_leave_room_for_paths(void **state)
{
	struct ledger *ledger = *state;
	uint64_t capacity = ledger->header->sections[SECTION_STRINGS].capacity = RECORDING_CHUNK;
	char file[64];
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		snprintf(file, sizeof(file), "/a/script/with/a/name/of/some/length/%u.py", i);
		if (script_row(ledger, file, "main", 1) == NO_SCRIPT)
			break;
	}
	assert_in_range(i, 1, 999);
	assert_in_range(ledger_used(ledger, SECTION_STRINGS), 1, capacity / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_line_is_stored_once),
		LEDGER_TEST(scripts_leave_room_for_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
