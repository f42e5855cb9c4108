/* SPDX-License-Identifier: MIT */
#include "preload/ledger/script_table.h"
#include "preload/ledger/string_table.h"

#include <stdio.h>
#include "tests/ledger/ledger_fixture.h"

static uint32_t row_of(struct ledger *ledger, const char *file, const char *function, uint32_t line)
{
	const struct script_line script = {
		.language = "python", .file = file, .function = function, .line = line
	};

	return script_row(ledger, &script);
}

static void a_line_is_stored_once(void **state)
{
	struct ledger *ledger = *state;
	uint32_t row = row_of(ledger, "/a.py", "main", 7);

	assert_int_not_equal(row, NO_SCRIPT);
	assert_int_equal(row_of(ledger, "/a.py", "main", 7), row);
	assert_int_not_equal(row_of(ledger, "/a.py", "main", 8), row);
	assert_int_not_equal(row_of(ledger, "/a.py", "run", 7), row);
	assert_string_equal(string_at(ledger, script_at(ledger, row)->file), "/a.py");
	assert_string_equal(string_at(ledger, script_at(ledger, row)->function), "main");
	assert_string_equal(string_at(ledger, script_at(ledger, row)->language - 1), "python");
	assert_int_equal(script_at(ledger, row)->line, 7);
	assert_int_equal(script_at(ledger, row_of(ledger, "/b.py", "main", 1))->function,
			 script_at(ledger, row)->function);
}

static void languages_have_lines_of_their_own(void **state)
{
	struct ledger *ledger = *state;
	const struct script_line other = {
		.language = "ruby", .file = "/a", .function = "main", .line = 7
	};
	uint32_t row = row_of(ledger, "/a", "main", 7);

	assert_int_not_equal(script_row(ledger, &other), row);
	assert_int_equal(row_of(ledger, "/a", "main", 7), row);
}

static void scripts_leave_room_for_paths(void **state)
{
	struct ledger *ledger = *state;
	uint64_t capacity = ledger->header->sections[SECTION_STRINGS].capacity = RECORDING_CHUNK;
	char file[64];
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		snprintf(file, sizeof(file), "/a/script/with/a/name/of/some/length/%u.py", i);
		if (row_of(ledger, file, "main", 1) == NO_SCRIPT)
			break;
	}
	assert_in_range(i, 1, 999);
	assert_in_range(ledger_used(ledger, SECTION_STRINGS), 1, capacity / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_line_is_stored_once),
		LEDGER_TEST(languages_have_lines_of_their_own),
		LEDGER_TEST(scripts_leave_room_for_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
