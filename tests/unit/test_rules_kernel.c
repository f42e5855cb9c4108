/* SPDX-License-Identifier: MIT */
/* What the kernel's word decides beside the events, and what it denies: resets, shutdowns, ends
 * that were read. */
#include "tests/unit/unit.h"

#include "tests/unit/kernel_scenes.h"

/* No descriptor has it: closed by a call that was not recorded. */
static void gone(struct scene *scene)
{
	stuck(scene)->flags |= OBSERVED_GONE;
}

static void reset_unread(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	socket->state = KERNEL_CLOSE;
	socket->flags = OBSERVED_CONNECTED | OBSERVED_ERROR_PENDING;
}

static void reset_unread_lately(struct scene *scene)
{
	reset_unread(scene);
	scene->server_seen.sockets[0].since_ns = at_ms(SIGHTED_MS - 500);
	scene->server.header.end_ns = at_ms(SIGHTED_MS + 500);
}

/* Refused: the answer to its SYN counts as a segment. */
static void refused_unread(struct scene *scene)
{
	reset_unread(scene);
	scene->server.sockets[0].source = SOURCE_SOCKET;
	scene->server.sockets[0].role = ROLE_CONNECTING;
	scene->server.sockets[0].connect_stack = scene->opened;
}

/* Nobody asked whether it had succeeded, but data went out. */
static void reset_after_sending_unasked(struct scene *scene)
{
	refused_unread(scene);
	scene->server_seen.sockets[0].bytes_sent = 5;
}

/* The loop polls, so epoll has reported it. */
static void reset_reported(struct scene *scene)
{
	reset_unread_lately(scene);
	scene->server_seen.sockets[0].readiness = EPOLL_REPORTED;
}

/* The last segment from the peer was long before its reset. */
static void reset_after_a_long_pause(struct scene *scene)
{
	reset_unread_lately(scene);
	scene->server_seen.sockets[0].quiet_ms = 50000;
}

/* Without `finleak run` nobody but the recorder asked the kernel: since when is not known. */
static void reset_unread_by_exit_sample(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 0, 50000)->tcp_state = KERNEL_CLOSE;
}

static void reset_read_unseen(struct scene *scene)
{
	reset_unread(scene);
	scene->server_seen.sockets[0].flags = OBSERVED_CONNECTED;
}

static void shut_down_unseen(struct scene *scene)
{
	reset_unread(scene);
	scene->server_seen.sockets[0].flags = OBSERVED_CONNECTED | OBSERVED_FIN_SENT;
}

/* It had only announced the end of what it sends; then the peer closed, which ended the connection.
 */
static void shut_down_for_writing(struct scene *scene)
{
	shut_down_unseen(scene);
	scene->server.sockets[0].shutdown_how = 2;
	scene->server.sockets[0].shutdown_ns = at_ms(4000);
	scene->server.sockets[0].shutdown_stack = scene->closed;
}

/* Accepted before the fork: the kernel's count does not show its FIN. */
static void inherited_and_shut_down_for_writing(struct scene *scene)
{
	shut_down_for_writing(scene);
	scene->server_seen.sockets[0].flags = OBSERVED_CONNECTED;
}

static void reset_after_shut_down_for_writing(struct scene *scene)
{
	shut_down_for_writing(scene);
	scene->server_seen.sockets[0].flags = OBSERVED_CONNECTED | OBSERVED_ERROR_PENDING;
}

/* The last sample from outside was before the peer closed; the one at the exit knows better. */
static void shut_down_for_writing_by_exit_sample(struct scene *scene)
{
	shut_down_for_writing(scene);
	scene->server_seen.sockets[0].state = KERNEL_FIN_WAIT2;
	scene->server_seen.sockets[0].flags = 0;
	exit_sampled(&scene->server.sockets[0], 1, 60000);
	scene->server.sockets[0].tcp_state = KERNEL_CLOSE;
}

static void shut_down_for_writing_a_moment_ago(struct scene *scene)
{
	shut_down_for_writing_by_exit_sample(scene);
	scene->server.sockets[0].quiet_ms = 5;
}

static void never_connected(struct scene *scene)
{
	reset_unread(scene);
	scene->server_seen.sockets[0].flags = 0;
}

static void eof_and_sending_lately(struct scene *scene)
{
	server_eof(scene, 5000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->sent_ns = at_ms(SIGHTED_MS - 500);
}

static void eof_and_sent_at_first(struct scene *scene)
{
	server_eof(scene, 5000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->sent_ns = at_ms(9000);
}

/* The first sample knows no earlier one; the kernel knows when data went out last. */
static void eof_and_sending_by_the_kernels_clock(struct scene *scene)
{
	server_eof(scene, 5000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->sent_ms = 500;
}

/* The answer to what came with the end. */
static void eof_and_one_answer(struct scene *scene)
{
	server_eof(scene, SIGHTED_MS - 500);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->sent_ms = 490;
}

static void eof_and_gone(struct scene *scene)
{
	server_eof(scene, 5000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->flags |= OBSERVED_GONE;
}

/* The number was given to another socket by a call that was not seen: no end of this one. */
static void eof_but_established(struct scene *scene)
{
	server_eof(scene, 5000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_ESTABLISHED);
}

static void eof_after_established(struct scene *scene)
{
	server_eof(scene, SIGHTED_MS + 1000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_ESTABLISHED);
}

static void shut_down_but_established(struct scene *scene)
{
	struct recorded_socket *row = server_row(scene, 5, COOKIE);

	row->shutdown_ns = at_ms(5000);
	row->shutdown_how = 1;
	sees(&scene->server_seen, 5, COOKIE, KERNEL_ESTABLISHED);
}

static void running_eof(struct scene *scene)
{
	server_eof(scene, 5000);
	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT);
	scene->is_running = 1;
}

/* The sample taken after the recording was read does not have it any more. */
static void running_closed_meanwhile(struct scene *scene)
{
	server_eof(scene, 5000);
	scene->is_running = 1;
}

static void running_but_not_sampled(struct scene *scene)
{
	running_closed_meanwhile(scene);
	scene->server_seen.observation.failure = 1;
}

/* Of one that has ended its last recording counts. */
static void ended_eof_after_last_listing(struct scene *scene)
{
	server_eof(scene, 5000);
}

static const struct scenario scenarios[] = {
	{ SCENARIO(gone), .clean = 1 },
	{ SCENARIO(reset_unread), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(reset_unread_lately), FOUND(ERROR_UNCLOSED, NONE, NOTE, OPENED) },
	{ SCENARIO(refused_unread), FOUND(CONNECT_UNCLOSED, NONE, LEAK, CONNECT) },
	{ SCENARIO(reset_after_sending_unasked), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(reset_reported), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(reset_after_a_long_pause), FOUND(ERROR_UNCLOSED, NONE, NOTE, OPENED) },
	{ SCENARIO(reset_unread_by_exit_sample), FOUND(ERROR_UNCLOSED, NONE, NOTE, OPENED) },
	{ SCENARIO(reset_read_unseen), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(shut_down_unseen), FOUND(SHUTDOWN_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(shut_down_for_writing), FOUND(SHUTDOWN_UNCLOSED, NONE, LEAK, SHUTDOWN) },
	{ SCENARIO(inherited_and_shut_down_for_writing),
	  FOUND(SHUTDOWN_UNCLOSED, NONE, LEAK, SHUTDOWN) },
	{ SCENARIO(shut_down_for_writing_by_exit_sample),
	  FOUND(SHUTDOWN_UNCLOSED, NONE, LEAK, SHUTDOWN) },
	{ SCENARIO(shut_down_for_writing_a_moment_ago),
	  FOUND(SHUTDOWN_UNCLOSED, NONE, NOTE, SHUTDOWN) },
	{ SCENARIO(reset_after_shut_down_for_writing), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(never_connected), .clean = 1 },
	{ SCENARIO(eof_and_sending_lately), FOUND(EOF_UNCLOSED, HALF_CLOSED, NOTE, EOF) },
	{ SCENARIO(eof_and_sent_at_first), FOUND(EOF_UNCLOSED, NONE, LEAK, EOF) },
	{ SCENARIO(eof_and_sending_by_the_kernels_clock),
	  FOUND(EOF_UNCLOSED, HALF_CLOSED, NOTE, EOF) },
	{ SCENARIO(eof_and_one_answer), FOUND(EOF_UNCLOSED, NONE, LEAK, EOF) },
	{ SCENARIO(eof_and_gone), .clean = 1 },
	{ SCENARIO(eof_but_established), .clean = 1 },
	{ SCENARIO(eof_after_established), FOUND(EOF_UNCLOSED, NONE, LEAK, EOF) },
	{ SCENARIO(shut_down_but_established), FOUND(SHUTDOWN_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(running_eof), FOUND(EOF_UNCLOSED, NONE, LEAK, EOF) },
	{ SCENARIO(running_closed_meanwhile), .clean = 1 },
	{ SCENARIO(running_but_not_sampled), FOUND(EOF_UNCLOSED, NONE, LEAK, EOF) },
	{ SCENARIO(ended_eof_after_last_listing), FOUND(EOF_UNCLOSED, NONE, LEAK, EOF) },
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
