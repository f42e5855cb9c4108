/* SPDX-License-Identifier: MIT */
/* Whom a report names as holders of a socket. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/report/report_build.h"
#include "tests/unit/recording_builder.h"

#define COOKIE 42

/*
 * A server (10) that keeps the connection which its child (11) has served, and a later child (12)
 * that inherited it too.
 */
struct fixture {
	char *folder;
	struct recording_builder server, child, later;
	struct report_options options;
	struct report *report;
};

static void begin_child(struct recording_builder *child, int pid, uint64_t start_ms,
			uint64_t end_ms)
{
	builder_begin(child, pid, 10);
	child->header.origin = ORIGIN_FORK;
	child->header.start_ns = at_ms(start_ms);
	child->header.end_ns = at_ms(end_ms);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct recorded_departure *departure;

	fixture->options.judge =
		(struct judge_options){ .min_held_ns = 100000000, .late_ns = 10000000000 };
	fixture->folder = builder_new_folder();
	builder_begin(&fixture->server, 10, 1);
	builder_add_socket(&fixture->server, 5, COOKIE);
	begin_child(&fixture->child, 11, 3000, 5000);
	departure = builder_add_departure(&fixture->child, COOKIE);
	departure->source = SOURCE_FORK;
	departure->eof_ns = at_ms(4000);
	departure->closed_ns = at_ms(4500);
	begin_child(&fixture->later, 12, 4100, 50000);
	builder_add_socket(&fixture->later, 5, COOKIE)->source = SOURCE_FORK;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	report_free(fixture->report);
	builder_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

/* The only socket of the only finding. */
static const struct report_socket *socket_of(struct fixture *fixture)
{
	struct recording_builder *const builders[] = { &fixture->server, &fixture->child,
						       &fixture->later };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(builders) / sizeof(builders[0]); i++) {
		snprintf(path, sizeof(path), "%s/server.%d.0.finleak", fixture->folder,
			 builders[i]->header.pid);
		builder_write(builders[i], path);
	}
	report_free(fixture->report);
	fixture->report =
		report_build(recordings_read(&fixture->folder, 1, NULL, 0), &fixture->options);
	assert_int_equal(fixture->report->leak_count, 1);
	assert_int_equal(fixture->report->leaks[0].class, CLASS_HELD_ELSEWHERE);
	assert_int_equal(fixture->report->leaks[0].reason, REASON_PARENT);
	assert_int_equal(fixture->report->leaks[0].socket_count, 1);
	return &fixture->report->leaks[0].sockets[0];
}

/* Children that ended before the one to blame are gone, and held nothing up. */
static void test_ended_children_hold_nothing(void **state)
{
	const struct report_socket *socket = socket_of(*state);

	assert_int_equal(socket->holder_count, 1);
	assert_int_equal(socket->holders[0].pid, 10);
	assert_int_equal(socket->holders[0].fd, 5);
}

/* Who outlived the one to blame holds it too, but comes after, by whatever order they were found.
 */
static void test_culprit_goes_first(void **state)
{
	struct fixture *fixture = *state;
	const struct report_socket *socket;

	fixture->later.header.end_ns = at_ms(BUILDER_END_MS + 1);
	socket = socket_of(fixture);
	assert_int_equal(socket->holder_count, 2);
	assert_int_equal(socket->holders[0].pid, 10);
	assert_int_equal(socket->holders[1].pid, 12);
}

int main(void)
{
#define SOCKET_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(test_ended_children_hold_nothing),
		SOCKET_TEST(test_culprit_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
