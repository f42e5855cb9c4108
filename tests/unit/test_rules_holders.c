/* SPDX-License-Identifier: MIT */
/* Who holds what another process has finished: children, parents, programs that were started. */
#include "tests/unit/unit.h"

#include "tests/unit/event_scenes.h"

#include <string.h>

static void forked_child_holds(struct scene *scene)
{
	child_socket(scene);
	departs(scene, &scene->server, 6000, 5000);
}

static void forked_child_ends_soon(struct scene *scene)
{
	forked_child_holds(scene);
	child_ends(scene, 6050);
}

/* inetd's way: the parent closes at once, the child serves and reads. */
static void forked_child_serves(struct scene *scene)
{
	looked(child_socket(scene), KERNEL_ESTABLISHED, 100);
	departs(scene, &scene->server, 3001, 0);
}

static void forked_child_left_in_close_wait(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	looked(row, KERNEL_CLOSE_WAIT, 98500);
	row->quiet_ms = 94500;
	departs(scene, &scene->server, 6000, 0);
}

static void forked_child_served_until_close_wait(struct scene *scene)
{
	looked(child_socket(scene), KERNEL_CLOSE_WAIT, 100);
	departs(scene, &scene->server, 6000, 0);
}

static void forked_child_reads_eof(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	row->eof_ns = at_ms(9000);
	row->eof_stack = scene->eof;
	departs(scene, &scene->server, 3001, 0);
}

/* Ending is how a handler of one connection closes: but one that was killed did not end by itself.
 */
static void forked_child_reads_eof_and_is_killed(struct scene *scene)
{
	forked_child_reads_eof(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(20000);
}

/* A daemon: who opened the socket ended at the fork, and the child goes on in its place. */
static void daemon_reads_eof(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	row->eof_ns = at_ms(9000);
	row->eof_stack = scene->eof;
	server_socket(scene);
	scene->server.header.end_ns = at_ms(3005);
}

/* A worker that is passed connection after connection, and one that was passed this one only. */
static struct recorded_socket *passed_worker(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->third, 7, COOKIE);

	scene->has_third = 1;
	row->source = SOURCE_PASSED;
	row->eof_ns = at_ms(9000);
	row->eof_stack = scene->eof;
	departs(scene, &scene->server, 2001, 0);
	return row;
}

static void passed_worker_of_one(struct scene *scene)
{
	passed_worker(scene);
}

static void passed_worker_of_many(struct scene *scene)
{
	passed_worker(scene);
	builder_add_socket(&scene->third, 8, COOKIE + 1)->source = SOURCE_PASSED;
}

/* The program that accepted, replaced by exec: it is the same process, and the socket its own. */
static void replaced_server_reads_eof(struct scene *scene)
{
	struct recorded_socket *row;

	server_socket(scene);
	scene->server.header.end = END_EXEC;
	scene->server.header.end_ns = at_ms(5010);
	scene->server.header.end_stack = scene->execed;
	builder_begin(&scene->child, 10, 1);
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(5011);
	row = builder_add_socket(&scene->child, 5, COOKIE);
	row->source = SOURCE_EXEC;
	row->eof_ns = at_ms(6000);
	row->eof_stack = scene->eof;
}

/* A child born long after the peer closed, which lives for a moment; its parent closes later. */
static void short_child(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	scene->child.header.start_ns = at_ms(10000);
	child_ends(scene, 10001);
	row->sampled_ns = at_ms(10001);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 1;
	row->quiet_ms = 5000;
	row->last_sent_ms = UINT32_MAX;
	departs(scene, &scene->server, 10500, 0);
}

/* The same child, killed after a while: its parent closed later all the same. */
static void killed_child_closed_later_by_parent(struct scene *scene)
{
	short_child(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(10400);
}

/* A short child, and another one that closed its own copy long before it was born. */
static void short_child_after_another(struct scene *scene)
{
	short_child(scene);
	scene->has_third = 1;
	scene->third.header.parent_pid = 10;
	departs(scene, &scene->third, 6000, 0)->source = SOURCE_FORK;
}

/* inetd's way again: the handler neither reads the end nor closes, and ends. */
static void handler_ends_unread(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	child_ends(scene, 9000);
	row->sampled_ns = at_ms(9000);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 1;
	row->quiet_ms = 5000;
	row->last_sent_ms = UINT32_MAX;
	departs(scene, &scene->server, 3001, 0);
}

/* ... one that was handed the connection at once has it for its own. */
static void handler_is_killed_unread(struct scene *scene)
{
	handler_ends_unread(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(9000);
}

/* ... a shell, by way of a program that reads the end. */
static void shell_handler_ends(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 0, COOKIE);

	scene->has_child = scene->has_third = 1;
	scene->child.header.start_ns = at_ms(3000);
	child_ends(scene, 9000);
	row->source = SOURCE_EXEC;
	row->sampled_ns = at_ms(9000);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->quiet_ms = 4000;
	row->last_sent_ms = UINT32_MAX;
	scene->third.header.parent_pid = 11;
	scene->third.header.start_ns = at_ms(3010);
	departs(scene, &scene->third, 6000, 5000)->source = SOURCE_EXEC;
	departs(scene, &scene->server, 3001, 0);
}

/* A handler that reads the end and becomes another program, which ends. */
static void handler_execs_after_eof(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	row->eof_ns = at_ms(4000);
	row->eof_stack = scene->eof;
	scene->child.header.end = END_EXEC;
	scene->child.header.end_ns = at_ms(4010);
	scene->has_third = 1;
	builder_begin(&scene->third, 11, 10);
	scene->third.header.start_ns = at_ms(4011);
	scene->third.header.end_ns = at_ms(9000);
	row = builder_add_socket(&scene->third, 5, COOKIE);
	row->source = SOURCE_EXEC;
	row->sampled_ns = at_ms(9000);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->quiet_ms = 5000;
	row->last_sent_ms = UINT32_MAX;
	departs(scene, &scene->server, 3001, 0);
}

/* ... and one that is stuck in it when it is killed: it holds what its child has read the end of.
 */
static void shell_handler_is_killed(struct scene *scene)
{
	shell_handler_ends(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(9000);
}

/* Killed unseen: whether it still lived when its parent closed is unknown. */
static void helper_killed_at_unknown_time(struct scene *scene)
{
	child_socket(scene);
	departs(scene, &scene->server, 6000, 5000);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.last_event_ns = at_ms(3001);
}

static void helper_killed_with_its_parent(struct scene *scene)
{
	helper_killed_at_unknown_time(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.last_event_ns = at_ms(6000);
}

/* The child read the end and ended; the parent follows at once. */
static void parent_ends_right_after_reader(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene), *read = child_socket(scene);

	read->eof_ns = at_ms(5000);
	read->eof_stack = scene->eof;
	child_ends(scene, 9000);
	scene->server.header.end_ns = at_ms(9010);
	row->sampled_ns = at_ms(9010);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->quiet_ms = 4010;
}

static void parent_holds(struct scene *scene)
{
	server_socket(scene);
	departs(scene, &scene->child, 6000, 5900);
	child_ends(scene, 6001);
}

static void parent_holds_child_exits_open(struct scene *scene)
{
	struct recorded_socket *row;

	server_socket(scene);
	row = child_socket(scene);
	row->eof_ns = at_ms(5000);
	row->eof_stack = scene->eof;
	child_ends(scene, 5010);
}

/* A child that only closes what it inherited (subprocess with close_fds): the parent serves on. */
static void child_closes_all(struct scene *scene)
{
	looked(server_socket(scene), KERNEL_CLOSE_WAIT, 99000);
	departs(scene, &scene->child, 3002, 0);
}

/* The same after the parent has read the EOF and is about to close. */
static void child_closes_inherited_eof(struct scene *scene)
{
	server_eof(scene, 2990);
	scene->server.header.end_ns = at_ms(3050);
	departs(scene, &scene->child, 3002, 2990);
	child_ends(scene, 9000);
}

static void both_hold(struct scene *scene)
{
	server_eof(scene, 5000);
	child_socket(scene);
}

static void inherited_after_eof(struct scene *scene)
{
	struct recorded_socket *row;

	server_eof(scene, 2500);
	row = child_socket(scene);
	row->eof_ns = at_ms(2500);
	row->eof_stack = scene->eof;
}

/* posix_spawn or fork and exec: a program that knows nothing of the socket keeps it. */
static void exec_child_holds(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(3000);
	row->source = SOURCE_EXEC;
	departs(scene, &scene->server, 6000, 5000);
	builder_add_birth(&scene->server, 11)->stack = scene->execed;
}

/* The process itself is replaced after it has read the EOF. */
static void exec_keeps_it(struct scene *scene)
{
	struct recorded_socket *row;

	server_eof(scene, 5000);
	scene->server.header.end = END_EXEC;
	scene->server.header.end_ns = at_ms(5010);
	scene->server.header.end_stack = scene->execed;
	builder_begin(&scene->child, 10, 1);
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(5011);
	row = builder_add_socket(&scene->child, 5, COOKIE);
	row->source = SOURCE_EXEC;
}

/* It had a minute to close it before that: its own leak, wherever it goes on. */
static void exec_long_after_eof(struct scene *scene)
{
	struct recorded_socket *row;

	server_eof(scene, 5000);
	scene->server.header.end = END_EXEC;
	scene->server.header.end_ns = at_ms(65000);
	scene->server.header.end_stack = scene->execed;
	builder_begin(&scene->child, 10, 1);
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(65001);
	row = builder_add_socket(&scene->child, 5, COOKIE);
	row->source = SOURCE_EXEC;
}

/*
 * ROW's process knows nothing of the EOF, but the kernel shows it at exit, after more silence of
 * the peer than has passed since another process read it.
 */
static void kernel_shows_end(struct recorded_socket *row, uint64_t ms)
{
	row->sampled_ns = at_ms(ms);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 0;
	row->quiet_ms = (uint32_t)ms - 4900;
	row->last_sent_ms = UINT32_MAX;
}

static void exec_long_after_eof_seen_by_kernel(struct scene *scene)
{
	exec_long_after_eof(scene);
	scene->child.header.end = END_EXIT;
	scene->child.header.end_ns = at_ms(66000);
	kernel_shows_end(&scene->child.sockets[0], 66000);
}

static void both_hold_seen_by_kernel(struct scene *scene)
{
	both_hold(scene);
	child_ends(scene, 9000);
	kernel_shows_end(&scene->child.sockets[0], 9000);
}

/* What the first image forgot the second one closed. */
static void exec_long_after_eof_then_closed(struct scene *scene)
{
	exec_long_after_eof(scene);
	memset(&scene->child.sockets[0], 0, sizeof(scene->child.sockets[0]));
	departs(scene, &scene->child, 65100, 0)->source = SOURCE_EXEC;
	scene->child.header.origin = ORIGIN_EXEC;
	scene->child.header.start_ns = at_ms(65001);
}

/* system(): the pid of the shell is not known, only when and where it was started. */
static void child_of_system_holds(struct scene *scene)
{
	struct recorded_birth *birth;

	exec_child_holds(scene);
	birth = &scene->server.births[0];
	birth->pid = 0;
	birth->ns = at_ms(2999);
	birth->kind = BIRTH_SHELL;
}

static void exec_hands_on_healthy(struct scene *scene)
{
	exec_keeps_it(scene);
	scene->server.sockets[0].eof_ns = 0;
}

/* A program started on the connection reads its end and exits; its parent forgot to close. */
static void parent_of_exec_holds(struct scene *scene)
{
	server_socket(scene);
	departs(scene, &scene->child, 6000, 5000)->source = SOURCE_EXEC;
	scene->child.header.origin = ORIGIN_EXEC;
}

/* ... by way of a shell: the program is a child of the child. */
static void grandparent_holds(struct scene *scene)
{
	server_socket(scene);
	scene->has_child = scene->has_third = 1;
	scene->third.header.parent_pid = 11;
	scene->child.header.start_ns = at_ms(3000);
	scene->third.header.start_ns = at_ms(3001);
	departs(scene, &scene->third, 6000, 5000)->source = SOURCE_EXEC;
	scene->third.header.origin = ORIGIN_EXEC;
}

static void passed_holds(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->third, 7, COOKIE);

	scene->has_third = 1;
	row->source = SOURCE_PASSED;
	departs(scene, &scene->server, 6000, 5000);
}

/* The child of a connection read its end and closed it; the parent was about to, as always. */
static void parent_killed_in_flight(struct scene *scene)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_NOT, 20, 0);

	parent_holds(scene);
	total->opened_stack = scene->opened;
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.last_event_ns = at_ms(6001);
}

static void parent_that_never_closes_killed(struct scene *scene)
{
	parent_killed_in_flight(scene);
	scene->server.total_count = 0;
}

/* A snapshot: the parent is killed, its child goes on with its task and ends. */
static void snapshot_of_killed_parent(struct scene *scene)
{
	forked_child_holds(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(7000);
	child_ends(scene, 9000);
}

/* One that serves clients of its own is no snapshot. */
static void worker_of_killed_parent(struct scene *scene)
{
	snapshot_of_killed_parent(scene);
	builder_add_socket(&scene->child, 8, COOKIE + 5)->source = SOURCE_ACCEPT;
}

/* It ends because of its parent: it would have gone on. */
static void helper_ends_with_killed_parent(struct scene *scene)
{
	snapshot_of_killed_parent(scene);
	child_ends(scene, 7050);
}

static const struct scenario scenarios[] = {
	{ SCENARIO(child_closes_inherited_eof), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(forked_child_holds), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED), .holder = 11 },
	{ SCENARIO(forked_child_ends_soon), .clean = 1 },
	{ SCENARIO(forked_child_serves), .clean = 1 },
	{ SCENARIO(forked_child_left_in_close_wait), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(forked_child_served_until_close_wait), .clean = 1 },
	{ SCENARIO(forked_child_reads_eof), .clean = 1 },
	{ SCENARIO(forked_child_reads_eof_and_is_killed), LEAK(EOF_UNCLOSED, NONE, EOF),
	  .holder = 11 },
	{ SCENARIO(daemon_reads_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 11 },
	{ SCENARIO(passed_worker_of_one), .clean = 1 },
	{ SCENARIO(passed_worker_of_many), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 12 },
	{ SCENARIO(replaced_server_reads_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10 },
	{ SCENARIO(short_child), .clean = 1 },
	{ SCENARIO(killed_child_closed_later_by_parent), .clean = 1 },
	{ SCENARIO(short_child_after_another), .clean = 1 },
	{ SCENARIO(handler_ends_unread), .clean = 1 },
	{ SCENARIO(handler_is_killed_unread), LEAK(FIN_UNREAD, NOT_POLLED, OPENED), .holder = 11 },
	{ SCENARIO(shell_handler_ends), .clean = 1 },
	{ SCENARIO(handler_execs_after_eof), .clean = 1 },
	{ SCENARIO(shell_handler_is_killed), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 11 },
	{ SCENARIO(helper_killed_at_unknown_time), NOTE(HELD_ELSEWHERE, NONE, OPENED) },
	{ SCENARIO(helper_killed_with_its_parent), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(parent_ends_right_after_reader), .clean = 1 },
	{ SCENARIO(parent_holds), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 10 },
	{ SCENARIO(parent_holds_child_exits_open), LEAK(HELD_ELSEWHERE, PARENT, OPENED),
	  .holder = 10, .holders = 2 },
	{ SCENARIO(parent_of_exec_holds), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 10 },
	{ SCENARIO(grandparent_holds), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 10 },
	{ SCENARIO(child_closes_all), NOTE(FIN_UNREAD, NONE, OPENED) },
	{ SCENARIO(child_closes_inherited_eof), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(both_hold), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10, .holders = 2 },
	{ SCENARIO(inherited_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 2 },
	{ SCENARIO(exec_child_holds), LEAK(HELD_ELSEWHERE, EXEC_CHILD, EXECED), .holder = 11 },
	{ SCENARIO(exec_keeps_it), LEAK(HELD_ELSEWHERE, EXEC_CHILD, EXECED), .holder = 10,
	  .holders = 1 },
	{ SCENARIO(exec_long_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 1 },
	{ SCENARIO(exec_long_after_eof_seen_by_kernel), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 1 },
	{ SCENARIO(both_hold_seen_by_kernel), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 2 },
	{ SCENARIO(exec_long_after_eof_then_closed), .clean = 1 },
	{ SCENARIO(child_of_system_holds), LEAK(HELD_ELSEWHERE, EXEC_CHILD, EXECED), .holder = 11 },
	{ SCENARIO(exec_hands_on_healthy), .clean = 1 },
	{ SCENARIO(passed_holds), LEAK(HELD_ELSEWHERE, PASSED, OPENED), .holder = 12 },
	{ SCENARIO(parent_killed_in_flight), NOTE(HELD_ELSEWHERE, NONE, OPENED) },
	{ SCENARIO(parent_that_never_closes_killed), LEAK(HELD_ELSEWHERE, PARENT, OPENED) },
	{ SCENARIO(snapshot_of_killed_parent), .clean = 1 },
	{ SCENARIO(worker_of_killed_parent), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(helper_ends_with_killed_parent), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
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
