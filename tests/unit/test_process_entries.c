/* SPDX-License-Identifier: MIT */
/* What a report shows of many processes, and what it leaves out. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/process_entries.h"
#include "analyzer/report/report_sections.h"
#include "analyzer/report/report_state.h"
#include "analyzer/report/tuning_advice.h"

#define COUNT 12

struct fixture {
	struct report_process processes[COUNT];
	struct report report;
	char *text;
};

/* Process N has N sockets in ESTABLISHED. */
static void set_up(struct fixture *fixture, size_t count)
{
	int established = report_state_by_kernel(KERNEL_ESTABLISHED);
	size_t i;

	*fixture = (struct fixture){ .report = { .processes = fixture->processes,
						 .process_count = count } };
	for (i = 0; i < count; i++) {
		fixture->processes[i] = (struct report_process){ .pid = 1000 + (int)i,
								 .executable = "/usr/bin/server",
								 .state = "running",
								 .time_wait_unattributed = -1,
								 .leaks_per_minute = -1,
								 .exhausted_in_ms = -1,
								 .descriptors = 10,
								 .descriptor_limit = 100 };
		fixture->processes[i].tcp_states[established] = i;
	}
}

static const char *text_of(struct fixture *fixture)
{
	const struct report_section *section;
	size_t size, i, j;
	FILE *out;

	free(fixture->text);
	out = open_memstream(&fixture->text, &size);
	assert_non_null(out);
	report_sections_fill(&fixture->report);
	for (section = fixture->report.sections;
	     section < fixture->report.sections + fixture->report.section_count; section++) {
		fprintf(out, "%s\n", section->title);
		for (i = 0; i < section->count; i++) {
			fprintf(out, "  %s\n", section->entries[i].text);
			for (j = 0; j < section->entries[i].details.count; j++)
				fprintf(out, "    %s\n", section->entries[i].details.list[j]);
		}
	}
	fclose(out);
	report_sections_clear(&fixture->report);
	fixture->report.sections = NULL;
	fixture->report.section_count = 0;
	return fixture->text;
}

static void test_no_sockets(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 1);
	assert_string_equal(text_of(&fixture), "");
	fixture.processes[0].descriptors = 80;
	assert_string_equal(text_of(&fixture), "TCP sockets by state:\n"
					       "  server (pid 1000): none; 80 of 100 "
					       "descriptors\n");
	free(fixture.text);
}

static void test_in_their_order(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 3);
	assert_string_equal(text_of(&fixture), "TCP sockets by state:\n"
					       "  server (pid 1001): ESTABLISHED 1\n"
					       "  server (pid 1002): ESTABLISHED 2\n");
	free(fixture.text);
}

static void test_many(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, COUNT);
	fixture.processes[2].leaked = 1;
	text_of(&fixture);
	assert_non_null(strstr(fixture.text, "state:\n"
					     "  server (pid 1002): ESTABLISHED 2; 10 of 100 "
					     "descriptors, 1 leaked\n"
					     "  server (pid 1011): ESTABLISHED 11\n"));
	assert_non_null(strstr(fixture.text, "  server (pid 1005): ESTABLISHED 5\n"
					     "  and 3 more processes with TCP sockets\n"));
	assert_null(strstr(fixture.text, "pid 1004"));
	free(fixture.text);
}

/* One process that ran two programs; of another one the second was not recorded. */
static void test_replaced_by_exec(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 4);
	fixture.processes[1].state = fixture.processes[3].state = "execed";
	fixture.processes[2].pid = fixture.processes[1].pid;
	assert_string_equal(text_of(&fixture), "TCP sockets by state:\n"
					       "  server (pid 1001): ESTABLISHED 2\n"
					       "  server (pid 1003): ESTABLISHED 3\n");
	free(fixture.text);
}

static void test_budget(void **state)
{
	struct fixture fixture;
	struct report_process *process = &fixture.processes[0];

	(void)state;
	set_up(&fixture, 1);
	process->leaked = 4;
	process->leaks_per_minute = 2;
	process->exhausted_in_ms = 45 * 60e3;
	assert_non_null(strstr(text_of(&fixture),
			       "10 of 100 descriptors, 4 leaked\n"
			       "    2.0 leaks a minute: accept() and socket() will fail with "
			       "EMFILE in about 45 min.\n"));
	process->state = "killed";
	assert_non_null(strstr(text_of(&fixture), "would have failed with EMFILE after another "
						  "45 min.\n"));
	process->exhausted_in_ms = -1;
	assert_non_null(strstr(text_of(&fixture), "    2.0 leaks a minute.\n"));
	process->descriptors = 0;
	assert_non_null(strstr(text_of(&fixture), "none; 4 leaked\n"));
	process->descriptors = 100;
	process->exhausted_in_ms = 0;
	assert_non_null(strstr(text_of(&fixture), "    The limit was reached: "));
	free(fixture.text);
}

/* However many processes it concerns, the report has it once. */
static void test_close_wait(void **state)
{
	struct fixture fixture;
	const char *sentence;

	(void)state;
	set_up(&fixture, 3);
	fixture.processes[1].close_wait_leaked = fixture.processes[2].close_wait_leaked = 1;
	sentence = strstr(text_of(&fixture), TUNING_OF_CLOSE_WAIT);
	assert_non_null(sentence);
	assert_null(strstr(sentence + 1, TUNING_OF_CLOSE_WAIT));
	free(fixture.text);
}

/* The children of a server that have ended with what they inherited say nothing new. */
static void test_inherited_only(void **state)
{
	struct fixture fixture;

	(void)state;
	set_up(&fixture, 4);
	fixture.processes[2].parent_pid = fixture.processes[3].parent_pid = 1001;
	fixture.processes[2].state = fixture.processes[3].state = "exited";
	fixture.processes[3].leaked = 1;
	assert_string_equal(text_of(&fixture), "TCP sockets by state:\n"
					       "  server (pid 1001): ESTABLISHED 1\n"
					       "  server (pid 1003): ESTABLISHED 3; 10 of 100 "
					       "descriptors, 1 leaked\n");
	free(fixture.text);
}

/* What is not known of many processes of one program is stated once. */
static void test_equal_blind_spots(void **state)
{
	struct fixture fixture;
	size_t i;

	(void)state;
	set_up(&fixture, COUNT);
	for (i = 0; i < COUNT; i++) {
		fixture.processes[i].tcp_states[report_state_by_kernel(KERNEL_ESTABLISHED)] = 0;
		sentences_add(&fixture.processes[i].blind_spots,
			      allocate_text(i == 1 ? "it uses io_uring" : "it has holes"));
	}
	assert_string_equal(text_of(&fixture),
			    "finleak could not see everything:\n"
			    "  server (pid 1000): it has holes (also pids 1002, 1003, 1004, 1005, "
			    "1006, 1007, 1008, 1009, 1010, 1011)\n"
			    "  server (pid 1001): it uses io_uring\n");
	for (i = 0; i < COUNT; i++)
		sentences_clear(&fixture.processes[i].blind_spots);
	free(fixture.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inherited_only), cmocka_unit_test(test_equal_blind_spots),
		cmocka_unit_test(test_no_sockets),     cmocka_unit_test(test_in_their_order),
		cmocka_unit_test(test_many),           cmocka_unit_test(test_budget),
		cmocka_unit_test(test_close_wait),     cmocka_unit_test(test_replaced_by_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
