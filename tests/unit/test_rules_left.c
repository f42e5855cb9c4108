/* SPDX-License-Identifier: MIT */
/* What its program has closed, and something else still holds. */
#include "tests/unit/unit.h"

#include "tests/unit/kernel_scenes.h"

#include <stdio.h>

/* Closed at 6 s; the kernel has it in CLOSE_WAIT all the same. */
static struct observed_socket *held_by_unrecorded(struct scene *scene)
{
	departs(scene, 6000, 0);
	return sees(&scene->server_seen, -1, COOKIE, KERNEL_CLOSE_WAIT);
}

static struct observed_holder *outsider(struct scene *scene)
{
	struct observing *seen = &scene->server_seen;
	struct observed_holder *holder = &seen->holders[seen->observation.holder_count++];

	held_by_unrecorded(scene);
	*holder = (struct observed_holder){ .cookie = COOKIE, .pid = 30, .fd = 4 };
	snprintf(holder->command, sizeof(holder->command), "sleep");
	return holder;
}

/* It was the program's own until the sample before, and is closed now. */
static void closed_since_the_sample(struct scene *scene)
{
	held_by_unrecorded(scene)->closed_ns = at_ms(SIGHTED_MS + 900);
}

static void left_to_nobody_known(struct scene *scene)
{
	held_by_unrecorded(scene);
}

static void left_to_a_stranger(struct scene *scene)
{
	outsider(scene);
}

static void left_to_a_child(struct scene *scene)
{
	outsider(scene)->is_child = 1;
	builder_add_birth(&scene->server, 30)->stack = scene->spawned;
}

/* The child was recorded until it became a program without the recorder. */
static void left_to_a_replaced_child(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	outsider(scene)->is_child = 1;
	scene->server_seen.holders[0].pid = 11;
	scene->has_child = 1;
	scene->child.header.origin = ORIGIN_FORK;
	scene->child.header.start_ns = at_ms(3000);
	scene->child.header.end = END_EXEC;
	scene->child.header.end_ns = at_ms(3001);
	row->source = SOURCE_FORK;
}

/* A handler without the recorder, when the peer has only just closed. */
static void left_to_a_child_just_now(struct scene *scene)
{
	left_to_a_child(scene);
	scene->server_seen.sockets[0].since_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
}

/* The peer reset what its parent had closed: there is no end to read. */
static void left_reset_to_a_child(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	scene->has_child = 1;
	scene->child.header.origin = ORIGIN_FORK;
	scene->child.header.start_ns = at_ms(3000);
	scene->child.header.birth_stack = scene->forked;
	row->source = SOURCE_FORK;
	exit_sampled(row, 0, BUILDER_END_MS - 6050);
	row->tcp_state = KERNEL_CLOSE;
	row->last_sent_ms = BUILDER_END_MS - 6005;
	departs(scene, 6000, 0);
}

/* The peer closed long ago, but the child was born only then, and killed at once. */
static void young_child_of_an_old_end(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	scene->has_child = 1;
	scene->child.header.origin = ORIGIN_FORK;
	scene->child.header.start_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(SIGHTED_MS + 1);
	row->source = SOURCE_FORK;
	row->receive_queue = RECORDED_QUEUE_UNKNOWN;
	sees(&scene->child_seen, 5, COOKIE, KERNEL_CLOSE_WAIT);
	departs(scene, SIGHTED_MS - MIN_HELD_MS / 2 + 1, 0);
}

static void left_to_a_child_of_system(struct scene *scene)
{
	outsider(scene)->is_child = 1;
	builder_add_birth(&scene->server, 0)->stack = scene->spawned;
}

static void left_to_a_child_of_unknown_birth(struct scene *scene)
{
	outsider(scene)->is_child = 1;
}

static void left_to_a_ring(struct scene *scene)
{
	outsider(scene)->is_ring = 1;
}

/* The kernel does not say what a ring holds; but there is one. */
static void left_while_there_is_a_ring(struct scene *scene)
{
	held_by_unrecorded(scene);
	scene->server_seen.observation.rings = 1;
}

static void left_for_a_moment(struct scene *scene)
{
	held_by_unrecorded(scene);
	scene->server.departures[0].closed_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
}

static void left_to_who_serves_it(struct scene *scene)
{
	held_by_unrecorded(scene)->sent_ns = at_ms(7000);
}

static void left_established(struct scene *scene)
{
	held_by_unrecorded(scene)->state = KERNEL_ESTABLISHED;
}

/* A child forked for a task of its own has what its parent closes meanwhile: BGSAVE of redis. */
static void snapshot_child(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	scene->has_child = 1;
	scene->child.header.origin = ORIGIN_FORK;
	scene->child.header.start_ns = at_ms(3000);
	scene->child.header.birth_stack = scene->forked;
	scene->child.header.end_ns = at_ms(50000);
	row->source = SOURCE_FORK;
	row->opened_stack = scene->opened;
	departs(scene, 6000, 5000);
}

static void snapshot_child_ends_with_its_parent(struct scene *scene)
{
	snapshot_child(scene);
	scene->child.header.end_ns = at_ms(BUILDER_END_MS - 10);
}

static void snapshot_child_outlives_its_parent(struct scene *scene)
{
	snapshot_child(scene);
	scene->child.header.end_ns = at_ms(BUILDER_END_MS + 5000);
}

static void snapshot_child_is_killed(struct scene *scene)
{
	snapshot_child(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.last_event_ns = at_ms(50000);
	scene->child.header.reaped_ns = at_ms(50000);
}

static void snapshot_child_of_a_killed_parent(struct scene *scene)
{
	snapshot_child(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(BUILDER_END_MS);
}

/* It may have ended because of its parent. */
static void snapshot_child_of_a_parent_killed_before(struct scene *scene)
{
	snapshot_child_of_a_killed_parent(scene);
	scene->server.header.reaped_ns = at_ms(50050);
}

static void snapshot_child_of_a_running_parent(struct scene *scene)
{
	snapshot_child(scene);
	scene->is_running = 1;
}

static const struct scenario scenarios[] = {
	{ SCENARIO(closed_since_the_sample), .clean = 1 },
	{ SCENARIO(left_to_nobody_known), FOUND(HELD_ELSEWHERE, NONE, LEAK, OPENED) },
	{ SCENARIO(left_to_a_stranger), FOUND(HELD_ELSEWHERE, PASSED, LEAK, OPENED) },
	{ SCENARIO(left_to_a_child), FOUND(HELD_ELSEWHERE, EXEC_CHILD, LEAK, EXECED) },
	{ SCENARIO(left_to_a_child_just_now), .clean = 1 },
	{ SCENARIO(young_child_of_an_old_end), .clean = 1 },
	{ SCENARIO(left_to_a_replaced_child), FOUND(HELD_ELSEWHERE, EXEC_CHILD, LEAK, OPENED) },
	{ SCENARIO(left_reset_to_a_child), FOUND(HELD_ELSEWHERE, FORKED_CHILD, LEAK, FORKED) },
	{ SCENARIO(left_to_a_child_of_system), FOUND(HELD_ELSEWHERE, EXEC_CHILD, LEAK, EXECED) },
	{ SCENARIO(left_to_a_child_of_unknown_birth),
	  FOUND(HELD_ELSEWHERE, EXEC_CHILD, LEAK, OPENED) },
	{ SCENARIO(left_to_a_ring), FOUND(HELD_ELSEWHERE, IO_URING, LEAK, OPENED) },
	{ SCENARIO(left_while_there_is_a_ring), FOUND(HELD_ELSEWHERE, IO_URING, LEAK, OPENED) },
	{ SCENARIO(left_for_a_moment), .clean = 1 },
	{ SCENARIO(left_to_who_serves_it), .clean = 1 },
	{ SCENARIO(left_established), .clean = 1 },
	{ SCENARIO(snapshot_child), .clean = 1 },
	{ SCENARIO(snapshot_child_of_a_running_parent), .clean = 1 },
	{ SCENARIO(snapshot_child_ends_with_its_parent),
	  FOUND(HELD_ELSEWHERE, FORKED_CHILD, LEAK, FORKED) },
	{ SCENARIO(snapshot_child_outlives_its_parent),
	  FOUND(HELD_ELSEWHERE, FORKED_CHILD, LEAK, FORKED) },
	{ SCENARIO(snapshot_child_is_killed), FOUND(HELD_ELSEWHERE, FORKED_CHILD, LEAK, FORKED) },
	{ SCENARIO(snapshot_child_of_a_killed_parent), .clean = 1 },
	{ SCENARIO(snapshot_child_of_a_parent_killed_before),
	  FOUND(HELD_ELSEWHERE, FORKED_CHILD, LEAK, FORKED) },
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
