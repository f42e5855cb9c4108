/* SPDX-License-Identifier: MIT */
/* Connections that wait for an accept(), and the listener that they wait at. */
#include "tests/unit/unit.h"

#include "tests/unit/kernel_scenes.h"

static struct recorded_socket *listener(struct scene *scene)
{
	struct recorded_socket *row = server_row(scene, 3, LISTENER_COOKIE);

	row->role = ROLE_LISTENER;
	row->source = SOURCE_SOCKET;
	row->listen_stack = scene->listened;
	return row;
}

/* A connection waits in the queue of what listened at the sample. */
static void waits(struct scene *scene)
{
	struct observing *seen = &scene->server_seen;
	struct observed_socket *socket;

	seen->listeners[seen->observation.listener_count++] =
		(struct observed_listener){ .cookie = LISTENER_COOKIE,
					    .waiting = 1,
					    .maximum = 64,
					    .opened_stack = scene->opened,
					    .listen_stack = scene->listened,
					    .fd = 3 };
	socket = sees(&scene->server_seen, -1, COOKIE, KERNEL_CLOSE_WAIT);
	socket->listener = LISTENER_COOKIE;
	socket->inode = 0;
}

static void never_accepted(struct scene *scene)
{
	listener(scene);
	waits(scene);
}

static void accepts(struct scene *scene, uint64_t ms)
{
	never_accepted(scene);
	scene->server.sockets[0].last_use = USE_ACCEPT;
	scene->server.sockets[0].last_use_ns = at_ms(ms);
	scene->server.sockets[0].last_use_stack = scene->accepted;
}

static void accepted_others_before(struct scene *scene)
{
	accepts(scene, 4000);
}

static void may_be_accepted_after_the_sample(struct scene *scene)
{
	accepts(scene, SIGHTED_MS + 1000);
}

/* The queue moves: its turn comes. */
static void waits_for_its_turn(struct scene *scene)
{
	accepts(scene, SIGHTED_MS - 700);
}

static void waits_for_a_moment(struct scene *scene)
{
	never_accepted(scene);
	scene->server_seen.sockets[0].since_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
}

static void waits_for_another_listener(struct scene *scene)
{
	never_accepted(scene);
	scene->server_seen.sockets[0].listener = LISTENER_COOKIE + 1;
}

/* Longer than the machine is up: a file that lies. */
static void waits_for_ever(struct scene *scene)
{
	never_accepted(scene);
	scene->server_seen.sockets[0].quiet_ms = INT64_MAX / 2000000;
}

static void listener_closed_by_the_end(struct scene *scene)
{
	waits(scene);
	add_exit_total(scene, scene->closed);
}

static void listener_shut_down(struct scene *scene)
{
	never_accepted(scene);
	scene->server.sockets[0].shutdown_how = 3;
}

static void listener_closed_by_the_program(struct scene *scene)
{
	waits(scene);
	add_exit_total(scene, scene->eof);
}

static const struct scenario scenarios[] = {
	{ SCENARIO(never_accepted), FOUND(NEVER_ACCEPTED, NONE, LEAK, LISTEN) },
	{ SCENARIO(waits_for_its_turn), .clean = 1 },
	{ SCENARIO(accepted_others_before), FOUND(NEVER_ACCEPTED, NONE, LEAK, LISTEN) },
	{ SCENARIO(may_be_accepted_after_the_sample), .clean = 1 },
	{ SCENARIO(waits_for_a_moment), .clean = 1 },
	{ SCENARIO(waits_for_another_listener), .clean = 1 },
	{ SCENARIO(waits_for_ever), FOUND(NEVER_ACCEPTED, NONE, LEAK, LISTEN) },
	{ SCENARIO(listener_closed_by_the_end), FOUND(NEVER_ACCEPTED, NONE, LEAK, LISTEN) },
	{ SCENARIO(listener_closed_by_the_program), .clean = 1 },
	{ SCENARIO(listener_shut_down), .clean = 1 },
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
