/* SPDX-License-Identifier: MIT */
/* The recording of a forked child: it refers to its parent's, and to nobody's at the end of a
 * chain. */
#include "preload/ledger/ledger_child.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "preload/ledger/stack_table.h"
#include "tests/ledger/ledger_fixture.h"

#ifdef FINLEAK_COVERAGE
#include <gcov.h>
#endif

static const uint64_t first_pc[] = { 0x401010, 0x401020 }, second_pc[] = { 0x402010 };

/*
 * What a child does with its parent's LEDGER. Returns the line where something is wrong, or 0:
 * cmocka's own assertions would go on in the child with the other tests.
 */
typedef int in_child(struct ledger *ledger);

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__;                                                           \
	} while (0)

static void run_child(struct ledger *ledger, in_child *run)
{
	pid_t pid = fork();
	int status, line;

	assert_true(pid >= 0);
	if (pid == 0) {
		line = run(ledger);
		if (line)
			dprintf(STDERR_FILENO, "%s:%d: not so in the child\n", __FILE__, line);
#ifdef FINLEAK_COVERAGE
		__gcov_dump();
#endif
		_exit(line != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static bool begin_child(struct ledger *ledger)
{
	struct ledger_identity identity = fixture_identity();

	identity.origin = ORIGIN_FORK;
	ledger_leave_to_parent(ledger);
	return ledger_create_for_child(ledger, &identity);
}

static int refers(struct ledger *ledger)
{
	const struct recording_header *header;
	char parents_name[RECORDED_FILE_NAME_MAX];
	uint32_t known = stack_find(ledger, first_pc, 2), own;

	memcpy(parents_name, ledger->file_name, sizeof(parents_name));
	EXPECT(known);
	EXPECT(begin_child(ledger));
	header = ledger->header;
	EXPECT(header->ready == 1 && header->generation == 1);
	EXPECT(strcmp(header->parent_file, parents_name) == 0);
	EXPECT(strcmp(ledger->file_name, parents_name) != 0);
	/* What was interned has its id; what is new lies behind it. */
	EXPECT(stack_find(ledger, first_pc, 2) == known);
	EXPECT(stack_add(ledger, first_pc, 2, false, 1) == known);
	own = stack_add(ledger, second_pc, 1, false, 1);
	EXPECT(own >= recorded_first_own(&header->sections[SECTION_STACKS]) / RECORDED_STACK_UNIT);
	/* The tables of sockets are its own. */
	EXPECT(header->opened == 0 && header->open_now == 0);
	fixture_socket(ledger, 4, 200);
	EXPECT(fixture_check(ledger) == 1);
	return 0;
}

static void a_child_refers_to_its_parent(void **state)
{
	struct ledger *ledger = *state;

	assert_true(stack_add(ledger, first_pc, 2, false, 1) != 0);
	fixture_socket(ledger, 4, 100);
	fixture_socket(ledger, 5, 101);
	run_child(ledger, refers);
	/* The parent's tables are as they were, and it has an heir. */
	assert_int_equal(fixture_check(ledger), 2);
	assert_int_equal(ledger->header->heirs, 1);
	assert_int_equal(stack_find(ledger, second_pc, 1), 0);
}

static int makes_a_chain(struct ledger *ledger)
{
	uint32_t known = stack_find(ledger, first_pc, 2), generation, i;

	/* Each time as the child of the one before. */
	for (i = 1; i <= 2 * RECORDED_GENERATIONS_MAX; i++) {
		EXPECT(begin_child(ledger));
		generation = ledger->header->generation;
		EXPECT(generation == i % (RECORDED_GENERATIONS_MAX + 1));
		/* Where it refers to nobody it has all of it. */
		EXPECT(generation || ledger->header->parent_file[0] == '\0');
		EXPECT(generation || ledger->header->sections[SECTION_STACKS].inherited == 0);
		EXPECT(stack_find(ledger, first_pc, 2) == known);
		EXPECT(stack_add(ledger, (const uint64_t[]){ 0x500000 + i }, 1, false, 1));
		EXPECT(stack_find(ledger, (const uint64_t[]){ 0x500001 }, 1));
		fixture_socket(ledger, (int)i, 300 + i);
		EXPECT(fixture_check(ledger) == 1);
	}
	return 0;
}

static void no_chain_is_too_long(void **state)
{
	struct ledger *ledger = *state;

	assert_true(stack_add(ledger, first_pc, 2, false, 1) != 0);
	run_child(ledger, makes_a_chain);
}

static int finds_no_room(struct ledger *ledger)
{
	struct ledger_identity identity = fixture_identity();

	identity.origin = ORIGIN_FORK;
	identity.file_size_limit = 100;
	ledger_leave_to_parent(ledger);
	EXPECT(!ledger_create_for_child(ledger, &identity));
	EXPECT(!ledger->header);
	return 0;
}

static int finds_no_folder(struct ledger *ledger)
{
	memcpy(ledger->folder, "/nowhere", sizeof("/nowhere"));
	EXPECT(!begin_child(ledger));
	EXPECT(!ledger->header);
	return 0;
}

static void a_child_without_a_recording_is_counted(void **state)
{
	struct ledger *ledger = *state;

	run_child(ledger, finds_no_room);
	assert_int_equal(ledger->header->lost[LOST_CHILDREN], 1);
	run_child(ledger, finds_no_folder);
	assert_int_equal(ledger->header->lost[LOST_CHILDREN], 2);
	assert_int_equal(ledger->header->heirs, 0);
	assert_int_equal(fixture_check(ledger), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_child_refers_to_its_parent),
		LEDGER_TEST(no_chain_is_too_long),
		LEDGER_TEST(a_child_without_a_recording_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
