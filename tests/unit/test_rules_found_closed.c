/* SPDX-License-Identifier: MIT */
/* What samples found stuck, and the end of its process, or another one, closed. */
#include "tests/unit/unit.h"

#include "tests/unit/kernel_scenes.h"

/* No row is left: closed by the end of the program. */
static void closed_at_exit(struct scene *scene)
{
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->opened_stack = scene->opened;
	add_exit_total(scene, scene->closed);
}

/* The last sample came while the program was closing everything. */
static void closed_at_exit_at_the_last_sample(struct scene *scene)
{
	closed_at_exit(scene);
	scene->server_seen.sockets[0].closed_ns = at_ms(SIGHTED_MS + 900);
}

static void closed_at_exit_for_a_moment(struct scene *scene)
{
	closed_at_exit(scene);
	scene->server_seen.sockets[0].since_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
}

static void closed_by_the_program_after_all(struct scene *scene)
{
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->opened_stack = scene->opened;
	add_exit_total(scene, scene->eof);
}

/* The sample right before the signal found it closed: the end, which the signal asked for, had not
 * begun, though everything else that was opened there was closed only then. */
static void found_closed_at_the_signal(struct scene *scene)
{
	closed_at_exit_at_the_last_sample(scene);
	scene->server.header.signalled_ns = at_ms(SIGHTED_MS + 901);
}

/* The signal had reached the program before the sample. */
static void found_closed_after_the_signal(struct scene *scene)
{
	closed_at_exit_at_the_last_sample(scene);
	scene->server.header.signalled_ns = at_ms(SIGHTED_MS + 899);
}

static void found_closed_before_exit_was_called(struct scene *scene)
{
	closed_by_the_program_after_all(scene);
	scene->server_seen.sockets[0].closed_ns = at_ms(SIGHTED_MS + 900);
	scene->server.header.exiting_ns = at_ms(SIGHTED_MS + 901);
}

static void found_closed_after_exit_was_called(struct scene *scene)
{
	found_closed_before_exit_was_called(scene);
	scene->server.header.exiting_ns = at_ms(SIGHTED_MS + 899);
}

/* A server that forks: the child read the end and went, the parent's own was closed by its end. */
static void closed_at_exit_in_the_parent(struct scene *scene)
{
	struct recorded_departure *departure = builder_add_departure(&scene->child, COOKIE);

	closed_at_exit(scene);
	scene->server_seen.sockets[0].receive_queue = 0;
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(3000);
	scene->child.header.end_ns = at_ms(6001);
	departure->source = SOURCE_FORK;
	departure->closed_ns = at_ms(6000);
	departure->closed_stack = scene->closed;
	departure->opened_stack = scene->opened;
	departure->eof_ns = at_ms(5900);
	departure->eof_stack = scene->eof;
}

/* After a fork the parent's own close is kept, too. */
static void closed_at_exit_in_the_parent_by_its_end(struct scene *scene)
{
	closed_at_exit_in_the_parent(scene);
	departs(scene, 95000, 0);
}

static void closed_at_exit_in_the_parent_but_closed(struct scene *scene)
{
	closed_at_exit_in_the_parent(scene);
	departs(scene, 95000, 0);
	scene->server.departures[0].closed_stack = scene->eof;
}

static void closed_at_exit_in_the_parent_soon(struct scene *scene)
{
	closed_at_exit_in_the_parent(scene);
	scene->child.departures[0].closed_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
}

/* The child ended without a close. */
static void closed_at_exit_in_the_parent_of_a_holder(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	closed_at_exit(scene);
	scene->server_seen.sockets[0].receive_queue = 0;
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(3000);
	scene->child.header.end = END_EXIT;
	scene->child.header.end_ns = at_ms(5950);
	row->source = SOURCE_FORK;
	row->eof_ns = at_ms(5900);
	row->eof_stack = scene->eof;
}

static const struct scenario scenarios[] = {
	{ SCENARIO(closed_at_exit), FOUND(FIN_UNREAD, CLOSED_AT_EXIT, LEAK, OPENED) },
	{ SCENARIO(closed_at_exit_at_the_last_sample),
	  FOUND(FIN_UNREAD, CLOSED_AT_EXIT, LEAK, OPENED) },
	{ SCENARIO(found_closed_at_the_signal), .clean = 1 },
	{ SCENARIO(found_closed_after_the_signal),
	  FOUND(FIN_UNREAD, CLOSED_AT_EXIT, LEAK, OPENED) },
	{ SCENARIO(found_closed_before_exit_was_called), .clean = 1 },
	{ SCENARIO(found_closed_after_exit_was_called),
	  FOUND(FIN_UNREAD, CLOSED_AT_EXIT, LEAK, OPENED) },
	{ SCENARIO(closed_at_exit_for_a_moment), .clean = 1 },
	{ SCENARIO(closed_at_exit_in_the_parent), FOUND(HELD_ELSEWHERE, PARENT, LEAK, OPENED) },
	{ SCENARIO(closed_at_exit_in_the_parent_by_its_end),
	  FOUND(HELD_ELSEWHERE, PARENT, LEAK, OPENED) },
	{ SCENARIO(closed_at_exit_in_the_parent_but_closed), .clean = 1 },
	{ SCENARIO(closed_at_exit_in_the_parent_soon), .clean = 1 },
	{ SCENARIO(closed_at_exit_in_the_parent_of_a_holder),
	  FOUND(HELD_ELSEWHERE, PARENT, LEAK, OPENED) },
	{ SCENARIO(closed_by_the_program_after_all), .clean = 1 },
};

static void test_scenarios(void **state)
{
	(void)state;
	play_scenarios(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
