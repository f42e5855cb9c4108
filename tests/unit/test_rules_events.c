/* SPDX-License-Identifier: MIT */
/* What one process did with its connection, and did not: the end, errors, shutdown(), duplicates.
 */
#include "tests/unit/unit.h"

#include "tests/unit/event_scenes.h"

static void eof_unclosed(struct scene *scene)
{
	server_eof(scene, 5000);
}

static void open_and_idle(struct scene *scene)
{
	looked(server_socket(scene), KERNEL_ESTABLISHED, 5);
}

static void only_totals(struct scene *scene)
{
	builder_add_total(&scene->server, DECIDED_EOF, 1000, 2);
}

static void eof_just_before_exit(struct scene *scene)
{
	server_eof(scene, BUILDER_END_MS - 50);
}

static void eof_while_asked_to_end(struct scene *scene)
{
	eof_just_before_exit(scene);
	scene->server.header.signalled_ns = at_ms(BUILDER_END_MS - 60);
}

static void eof_just_before_the_reaper(struct scene *scene)
{
	eof_of_killed_at_unknown_time(scene);
	scene->server.header.reaped_ns = at_ms(5050);
}

static void half_closed(struct scene *scene)
{
	looked(server_eof(scene, 5000), KERNEL_CLOSE_WAIT, 300);
}

/* Answered WORK_MS after EOF; the process ends AFTER_MS later, without having waited. */
static struct recorded_socket *answered(struct scene *scene, uint64_t work_ms, uint64_t after_ms)
{
	struct recorded_socket *row = server_eof(scene, BUILDER_END_MS - after_ms - work_ms);

	row->next = NEXT_WRITE;
	row->next_fd = row->first_fd;
	row->next_ns = at_ms(BUILDER_END_MS - after_ms);
	scene->server.header.answered_ns = row->next_ns;
	looked(row, KERNEL_CLOSE_WAIT, (uint32_t)after_ms);
	return row;
}

static void answered_until_the_end(struct scene *scene)
{
	answered(scene, 50, 5);
}

/* Back in accept(), it was ended by a signal, say. */
static void answered_and_waited(struct scene *scene)
{
	answered(scene, 50, 5);
	scene->server.header.answered_ns = 0;
}

/* Also where the answer took longer than --min-held. */
static void answered_late_and_waited(struct scene *scene)
{
	answered(scene, 200, 5);
	scene->server.header.answered_ns = 0;
}

static void answered_long_before_the_end(struct scene *scene)
{
	answered(scene, 50, 1500);
}

static void answered_what_had_been_reset(struct scene *scene)
{
	answered(scene, 200, 5)->tcp_state = KERNEL_CLOSE;
}

static void answered_and_went_on(struct scene *scene)
{
	struct recorded_socket *row = answered(scene, 10, 20);

	server_socket(scene)->opened_ns = row->next_ns + 5 * NS_PER_MS;
}

static void wrote_to_another_after_eof(struct scene *scene)
{
	struct recorded_socket *row = answered(scene, 150, 5);

	row->next_fd++;
	row->last_sent_ms = UINT32_MAX;
}

static void half_closed_until_it_was_shut_down(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->shutdown_ns = at_ms(BUILDER_END_MS - 250);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = WRITE_SHUT;
	looked(row, KERNEL_CLOSE, 300);
}

static void never_sent_anything(struct scene *scene)
{
	looked(server_eof(scene, 5000), KERNEL_CLOSE_WAIT, UINT32_MAX);
}

static void sent_once_after_eof(struct scene *scene)
{
	looked(server_eof(scene, 5000), KERNEL_CLOSE_WAIT, 94980);
}

static void eof_then_shutdown(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->shutdown_ns = at_ms(6000);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = WRITE_SHUT;
}

static void shutdown_both(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->shutdown_ns = at_ms(6000);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = BOTH_SHUT;
}

static void shutdown_write_only(struct scene *scene)
{
	shutdown_both(scene);
	scene->server.sockets[0].shutdown_how = WRITE_SHUT;
}

static void shutdown_then_eof(struct scene *scene)
{
	shutdown_write_only(scene);
	scene->server.sockets[0].eof_ns = at_ms(7000);
	scene->server.sockets[0].eof_stack = scene->eof;
}

static void failed(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->error_ns = at_ms(6000);
	row->error_stack = scene->error;
	row->error = 104;
}

static void failed_after_eof(struct scene *scene)
{
	failed(scene);
	scene->server.sockets[0].eof_ns = at_ms(5000);
	scene->server.sockets[0].eof_stack = scene->eof;
}

static void connect_failed(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->role = ROLE_CONNECT_FAILED;
	row->source = SOURCE_SOCKET;
	row->error_ns = at_ms(6000);
	row->connect_stack = scene->connect;
}

static void connect_failed_at_exit(struct scene *scene)
{
	connect_failed(scene);
	scene->server.header.end_ns = at_ms(6020);
}

static void connect_failed_unseen(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->role = ROLE_CONNECTING;
	row->source = SOURCE_SOCKET;
	row->connect_stack = scene->connect;
	looked(row, KERNEL_CLOSE, 0);
}

static void connecting_still(struct scene *scene)
{
	connect_failed_unseen(scene);
	scene->server.sockets[0].tcp_state = 2;
}

static void duplicate_held(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->part_closed_ns = at_ms(5001);
	row->part_closed_stack = scene->closed;
	scene->server.descriptors[5] = 0;
	scene->server.descriptors[9] = (uint64_t)scene->duplicated << 32 | 1;
}

/* The server closes first, but forgot a duplicate: then the peer closes, and nobody reads that. */
static struct recorded_socket *closed_first(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->part_closed_ns = at_ms(5001);
	row->part_closed_stack = scene->closed;
	scene->server.descriptors[5] = 0;
	scene->server.descriptors[9] = (uint64_t)scene->duplicated << 32 | 1;
	row->sampled_ns = at_ms(BUILDER_END_MS);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 1;
	row->quiet_ms = BUILDER_END_MS - 5005;
	row->last_sent_ms = BUILDER_END_MS - 5000;
	return row;
}

static void duplicate_of_closed_first(struct scene *scene)
{
	closed_first(scene);
}

static void duplicate_of_closed_after_half(struct scene *scene)
{
	struct recorded_socket *row = closed_first(scene);

	row->shutdown_ns = at_ms(5000);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = WRITE_SHUT;
	row->tcp_state = KERNEL_CLOSE;
	row->receive_queue = 0;
}

static void duplicate_of_closed_just_now(struct scene *scene)
{
	struct recorded_socket *row = closed_first(scene);

	row->part_closed_ns = at_ms(BUILDER_END_MS - 50);
}

/* What has sent since serves the connection. */
static void duplicate_that_serves(struct scene *scene)
{
	closed_first(scene)->last_sent_ms = BUILDER_END_MS - 5100;
}

/* inetd's way: the connection was moved to the standard descriptors. */
static void duplicate_on_standard_input(struct scene *scene)
{
	closed_first(scene);
	scene->server.descriptors[0] = scene->server.descriptors[9];
	scene->server.descriptors[9] = 0;
}

static void duplicate_closed_before_eof(struct scene *scene)
{
	duplicate_held(scene);
	scene->server.sockets[0].part_closed_ns = at_ms(4000);
}

static void listener(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->source = SOURCE_SOCKET;
	row->role = ROLE_LISTENER;
	looked(row, 10, 0);
}

static const struct scenario scenarios[] = {
	{ SCENARIO(eof_unclosed), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10, .holders = 1 },
	{ SCENARIO(open_and_idle), .clean = 1 },
	{ SCENARIO(only_totals), .clean = 1 },
	{ SCENARIO(listener), .clean = 1 },
	{ SCENARIO(eof_just_before_exit), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_of_killed_at_unknown_time), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_just_before_the_reaper), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_just_before_exit), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(eof_just_before_the_reaper), NOTE(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(eof_while_asked_to_end), NOTE(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(connect_failed_at_exit), LEAK(EXIT_UNCLOSED, NONE, CONNECT), .strict = 1 },
	{ SCENARIO(half_closed), NOTE(EOF_UNCLOSED, HALF_CLOSED, EOF) },
	{ SCENARIO(answered_until_the_end), NOTE(EOF_UNCLOSED, HALF_CLOSED, EOF) },
	{ SCENARIO(answered_until_the_end), NOTE(EOF_UNCLOSED, HALF_CLOSED, EOF), .strict = 1 },
	{ SCENARIO(answered_and_waited), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_and_waited), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(answered_late_and_waited), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(answered_long_before_the_end), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_what_had_been_reset), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_and_went_on), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_and_went_on), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(wrote_to_another_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(half_closed_until_it_was_shut_down), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(never_sent_anything), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(sent_once_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_then_shutdown), LEAK(SHUTDOWN_UNCLOSED, NONE, SHUTDOWN) },
	{ SCENARIO(shutdown_both), LEAK(SHUTDOWN_UNCLOSED, NONE, SHUTDOWN) },
	{ SCENARIO(shutdown_write_only), .clean = 1 },
	{ SCENARIO(shutdown_then_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(failed), LEAK(ERROR_UNCLOSED, NONE, ERROR) },
	{ SCENARIO(failed_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(connect_failed), LEAK(CONNECT_UNCLOSED, NONE, CONNECT) },
	{ SCENARIO(connect_failed_at_exit), NOTE(EXIT_UNCLOSED, NONE, CONNECT) },
	{ SCENARIO(connect_failed_unseen), LEAK(CONNECT_UNCLOSED, NONE, CONNECT) },
	{ SCENARIO(connecting_still), .clean = 1 },
	{ SCENARIO(duplicate_held), LEAK(DUPLICATE_HELD, NONE, DUPLICATED) },
	{ SCENARIO(duplicate_of_closed_first), LEAK(DUPLICATE_HELD, NONE, DUPLICATED) },
	{ SCENARIO(duplicate_of_closed_after_half), LEAK(DUPLICATE_HELD, NONE, DUPLICATED) },
	{ SCENARIO(duplicate_of_closed_just_now), LEAK(FIN_UNREAD, NOT_POLLED, OPENED) },
	{ SCENARIO(duplicate_that_serves), LEAK(FIN_UNREAD, NOT_POLLED, OPENED) },
	{ SCENARIO(duplicate_on_standard_input), LEAK(FIN_UNREAD, NOT_POLLED, OPENED) },
	{ SCENARIO(duplicate_closed_before_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
};

static void test_scenarios(void **state)
{
	(void)state;
	play_scenarios(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

/* Every class of the contract has its word, and no two the same. */
static void test_names(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < CLASS_COUNT; i++) {
		assert_non_null(leak_class_name(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(leak_class_name(i), leak_class_name(j));
	}
	for (i = 1; i < REASON_COUNT; i++)
		assert_non_null(leak_reason_name(i));
	for (i = 0; i < STACK_KINDS; i++)
		assert_non_null(stack_kind_name(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
