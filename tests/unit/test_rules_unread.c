/* SPDX-License-Identifier: MIT */
/* Ends that nobody has read: who polls, who reads, what is kept in a pool. */
#include "tests/unit/unit.h"

#include "tests/unit/kernel_scenes.h"

#include <string.h>
#include <sys/epoll.h>

static void not_polled(struct scene *scene)
{
	stuck(scene);
}

static void reading_paused(struct scene *scene)
{
	stuck(scene)->readiness = EPOLL_PAUSED;
}

static void hangup_ignored(struct scene *scene)
{
	stuck(scene)->readiness = EPOLL_REPORTED;
}

/* Descriptors were never listed: the recorded calls say what epoll was asked. */
static void interest_never_registered(struct scene *scene)
{
	stuck(scene)->readiness = EPOLL_UNKNOWN;
}

static void interest_in_reading(struct scene *scene)
{
	interest_never_registered(scene);
	scene->server.sockets[0].epoll_interest = RECORDED_REGISTERED | EPOLLIN;
}

static void interest_in_nothing(struct scene *scene)
{
	interest_never_registered(scene);
	scene->server.sockets[0].epoll_interest = RECORDED_REGISTERED;
}

static void interest_consumed(struct scene *scene)
{
	interest_never_registered(scene);
	scene->server.sockets[0].epoll_interest = RECORDED_REGISTERED | EPOLLIN | EPOLLONESHOT;
}

static void interest_hidden_by_a_ring(struct scene *scene)
{
	interest_never_registered(scene);
	scene->server.header.blind |= BLIND_IO_URING;
}

static void attention_out_of_range(struct scene *scene)
{
	interest_in_reading(scene);
	scene->server_seen.sockets[0].readiness = 200;
}

static void data_unread(struct scene *scene)
{
	stuck(scene)->receive_queue = 6;
}

static void multipath_data_unread(struct scene *scene)
{
	stuck(scene)->flags |= OBSERVED_MULTIPATH;
}

/* Its queue counts no FIN: that no recorded call has read one remains. */
static void multipath_unread(struct scene *scene)
{
	stuck(scene)->flags |= OBSERVED_MULTIPATH;
	scene->server_seen.sockets[0].receive_queue = 0;
}

static void multipath_read_through_a_ring(struct scene *scene)
{
	multipath_unread(scene);
	scene->server.header.blind = BLIND_IO_URING;
}

static void somebody_reads(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	socket->receive_queue = 600;
	socket->read_ns = socket->sampled_ns;
}

static void read_unseen(struct scene *scene)
{
	stuck(scene)->receive_queue = 0;
}

static void read_unseen_and_sending(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	socket->receive_queue = 0;
	socket->sent_ns = socket->sampled_ns;
}

static void read_unseen_and_to_send(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	socket->receive_queue = 0;
	socket->send_queue = 1448;
}

static void exit_sample_alone(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 1, 50000);
}

static void exit_sample_alone_in_epoll(struct scene *scene)
{
	exit_sample_alone(scene);
	scene->server.sockets[0].epoll_interest = RECORDED_REGISTERED | EPOLLIN | EPOLLRDHUP;
}

/* What is known of the calls on epoll descriptor 3, which watches the socket. FIN at 50 s. */
static struct recorded_poller *polled(struct scene *scene, uint64_t entered_ms,
				      uint64_t returned_ms)
{
	struct recorded_poller *poller = &scene->server.pollers[3];

	exit_sample_alone_in_epoll(scene);
	scene->server.sockets[0].epoll = 3;
	scene->server.poller_count = 4;
	*poller = (struct recorded_poller){ .entered_ns = at_ms(entered_ms),
					    .returned_ns = at_ms(returned_ms),
					    .thread = 12 };
	return poller;
}

static void polled_before_the_fin(struct scene *scene)
{
	polled(scene, 49000, 49500);
}

/* As many others were closed. It is the last one that a busy loop has not come to, or is not. */
static void behind(struct scene *scene, uint64_t fin_ms, uint64_t closed)
{
	struct recorded_socket *row;

	polled(scene, fin_ms - 600, fin_ms - 500);
	row = exit_sampled(&scene->server.sockets[0], 1, (uint32_t)(BUILDER_END_MS - fin_ms));
	builder_add_total(&scene->server, DECIDED_EOF, closed, 0)->opened_stack = row->opened_stack;
}

static void busy_loop_has_not_come_to_it(struct scene *scene)
{
	behind(scene, BUILDER_END_MS - 700, 10);
}

static void busy_loop_closes_few(struct scene *scene)
{
	behind(scene, BUILDER_END_MS - 700, 9);
}

static void busy_loop_stands_still(struct scene *scene)
{
	behind(scene, BUILDER_END_MS - 3500, 100);
}

static void polled_before_the_fin_with_data(struct scene *scene)
{
	polled_before_the_fin(scene);
	scene->server.sockets[0].receive_queue = 6;
}

static void polled_after_the_fin(struct scene *scene)
{
	polled(scene, 49000, 50100);
}

/* It waits, so that the FIN must have woken it. */
static void polling_when_the_fin_came(struct scene *scene)
{
	polled(scene, 49000, 48000);
}

/* The clocks are not good enough to say which was first. */
static void polled_about_the_fin(struct scene *scene)
{
	polled(scene, 49980, 49992);
}

/* The same by a sample: what the thread does. */
static void sampled_poller(struct scene *scene, uint64_t returned_ms, const char *doing)
{
	struct recorded_poller *recorded = polled(scene, returned_ms, returned_ms);
	struct observed_poller *poller = &scene->server_seen.pollers[0];

	sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT)->quiet_ms = 40000;
	scene->server_seen.sockets[0].readiness = EPOLL_REPORTED;
	scene->server_seen.sockets[0].epoll = 3;
	scene->server_seen.observation.poller_count = 1;
	*poller = (struct observed_poller){ .entered_ns = recorded->entered_ns,
					    .returned_ns = recorded->returned_ns,
					    .epoll = 3,
					    .thread = 12 };
	strcpy(poller->doing, doing);
}

static void stuck_about_the_fin(struct scene *scene)
{
	sampled_poller(scene, 49996, "sleeps in futex (FUTEX_WAIT)");
}

static void waits_since_about_the_fin(struct scene *scene)
{
	sampled_poller(scene, 49996, "sleeps in epoll_wait on descriptor 3");
}

static void waits_otherwise_since_about_the_fin(struct scene *scene)
{
	sampled_poller(scene, 49996, "sleeps in ppoll");
}

static void exit_sample_alone_paused(struct scene *scene)
{
	exit_sample_alone(scene);
	scene->server.sockets[0].epoll_interest = RECORDED_REGISTERED | EPOLLOUT;
}

static void exit_sample_alone_data(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 6, 50000);
}

static void exit_sample_alone_read(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 0, 50000);
}

/* The FIN may have come with the last data, whose read took it along. */
static void exit_sample_alone_read_at_once(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 0, 10);
	scene->server.header.end = END_EXIT;
}

static void exit_sample_alone_read_through_a_ring(struct scene *scene)
{
	exit_sample_alone_read_at_once(scene);
	scene->server.header.options = OPTION_LIBURING;
}

/* Just come: the program was about to read it. */
static void exit_sample_alone_at_once(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 1, MIN_HELD_MS / 2);
}

/* For how long it was so is not known. */
static void exit_sample_alone_unknown_since(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 1, UINT32_MAX);
}

static void exit_sample_alone_multipath(struct scene *scene)
{
	struct recorded_socket *row = exit_sampled(server_row(scene, 5, COOKIE), 1, 50000);

	row->kind = KIND_MPTCP;
	row->receive_queue = RECORDED_QUEUE_UNKNOWN;
}

static void exit_sample_alone_established(struct scene *scene)
{
	exit_sampled(server_row(scene, 5, COOKIE), 0, 50000)->tcp_state = KERNEL_ESTABLISHED;
}

/* Data in front of the FIN were read between both samples; what epoll waits for was listed once. */
static void exit_sample_after_sighting(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	socket->receive_queue = 6;
	socket->readiness = EPOLL_PAUSED;
	exit_sampled(&scene->server.sockets[0], 1, UINT32_MAX);
}

static void exit_sample_finds_it_read(struct scene *scene)
{
	stuck(scene);
	exit_sampled(&scene->server.sockets[0], 0, UINT32_MAX);
}

static void exit_sample_before_sighting(struct scene *scene)
{
	stuck(scene);
	exit_sampled(&scene->server.sockets[0], 0, 50000)->sampled_ns = at_ms(SIGHTED_MS - 1000);
}

/* It was fine when it was sampled; the FIN came just before the end. */
static void exit_sample_finds_it_stuck_at_once(struct scene *scene)
{
	stuck(scene)->state = KERNEL_ESTABLISHED;
	exit_sampled(&scene->server.sockets[0], 1, MIN_HELD_MS / 2);
}

static void stuck_for_a_moment(struct scene *scene)
{
	stuck(scene)->since_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
	scene->server.header.end_ns = at_ms(SIGHTED_MS);
}

static void stuck_for_a_moment_of_what_runs(struct scene *scene)
{
	stuck_for_a_moment(scene);
	scene->is_running = 1;
}

/* Nothing but a close leads out of CLOSE_WAIT, and that would be recorded. */
static void stuck_for_a_moment_and_until_the_end(struct scene *scene)
{
	stuck(scene)->since_ns = at_ms(SIGHTED_MS - MIN_HELD_MS / 2);
}

static void quiet_before_the_first_sample(struct scene *scene)
{
	stuck_for_a_moment(scene);
	scene->server_seen.sockets[0].quiet_ms = 20000;
}

/* The peer closed half a second before the end. */
static void pooled(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	scene->server.sockets[0].source = SOURCE_SOCKET;
	socket->bytes_sent = 200;
	socket->since_ns = at_ms(SIGHTED_MS - 500);
	scene->server.header.end_ns = at_ms(SIGHTED_MS);
}

static void pooled_and_forgotten(struct scene *scene)
{
	pooled(scene);
	scene->server_seen.sockets[0].since_ns = at_ms(SIGHTED_MS - 4000);
}

/* A session's goodbye lies in front of the FIN. */
static void pooled_behind_a_goodbye(struct scene *scene)
{
	pooled(scene);
	scene->server_seen.sockets[0].receive_queue = 32;
}

/* The FIN came with the last data, and went with them. */
static void pooled_and_fin_taken_along(struct scene *scene)
{
	pooled(scene);
	scene->server_seen.sockets[0].receive_queue = 0;
}

static void forgotten_and_fin_taken_along(struct scene *scene)
{
	pooled_and_forgotten(scene);
	scene->server_seen.sockets[0].receive_queue = 0;
}

/* A response that nobody reads is no idle connection. */
static void response_left_unread(struct scene *scene)
{
	pooled(scene);
	scene->server_seen.sockets[0].receive_queue = 40000;
}

static void opened_and_never_used(struct scene *scene)
{
	pooled(scene);
	scene->server_seen.sockets[0].bytes_sent = 0;
}

static void accepted_and_used(struct scene *scene)
{
	pooled(scene);
	scene->server.sockets[0].source = SOURCE_ACCEPT;
}

/* Read a sample ago, and for half a minute before that. */
static void reads_at_a_slow_pace(struct scene *scene)
{
	struct observed_socket *socket = stuck(scene);

	socket->receive_queue = 600;
	socket->unread_ns = at_ms(SIGHTED_MS - 30000);
	socket->read_ns = at_ms(SIGHTED_MS - 2000);
}

static void has_stopped_reading(struct scene *scene)
{
	reads_at_a_slow_pace(scene);
	scene->server_seen.sockets[0].read_ns = at_ms(SIGHTED_MS - 15000);
}

static void reads_still_at_the_exit_sample(struct scene *scene)
{
	has_stopped_reading(scene);
	exit_sampled(&scene->server.sockets[0], 400, 50000);
}

static void stuck_throughout_and_sampled_at_its_end(struct scene *scene)
{
	stuck(scene)->quiet_ms = INT64_MAX;
	exit_sampled(&scene->server.sockets[0], 1, UINT32_MAX);
}

/* It is killed soon after the sample, which found an end that had just come. */
static void unread_just_before_the_kill(struct scene *scene)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_EOF, 20, 1);

	stuck(scene)->since_ns = at_ms(SIGHTED_MS - 20);
	total->opened_stack = scene->opened;
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(SIGHTED_MS + 400);
}

static void unread_long_before_the_kill(struct scene *scene)
{
	unread_just_before_the_kill(scene);
	scene->server_seen.sockets[0].since_ns = at_ms(SIGHTED_MS - 200);
}

static void unread_where_few_are_closed(struct scene *scene)
{
	unread_just_before_the_kill(scene);
	scene->server.totals[0].count = 5;
}

/* The last piece of data brought the FIN along: what was read took it too. */
static void one_end_came_with_the_data(struct scene *scene)
{
	stuck(scene);
	server_row(scene, 6, COOKIE + 1);
	sees(&scene->server_seen, 6, COOKIE + 1, KERNEL_CLOSE_WAIT)->receive_queue = 0;
}

static const struct scenario scenarios[] = {
	{ SCENARIO(not_polled), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(reading_paused), FOUND(FIN_UNREAD, READING_PAUSED, LEAK, OPENED) },
	{ SCENARIO(hangup_ignored), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(interest_never_registered), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(interest_in_reading), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(interest_in_nothing), FOUND(FIN_UNREAD, READING_PAUSED, LEAK, OPENED) },
	{ SCENARIO(interest_consumed), FOUND(FIN_UNREAD, READING_PAUSED, LEAK, OPENED) },
	{ SCENARIO(interest_hidden_by_a_ring), FOUND(FIN_UNREAD, NONE, LEAK, OPENED) },
	{ SCENARIO(attention_out_of_range), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(data_unread), FOUND(FIN_UNREAD, DATA_UNREAD, LEAK, OPENED) },
	{ SCENARIO(multipath_data_unread), FOUND(FIN_UNREAD, DATA_UNREAD, LEAK, OPENED) },
	{ SCENARIO(multipath_unread), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(multipath_read_through_a_ring), FOUND(EOF_UNCLOSED, NONE, LEAK, OPENED),
	  .read_unseen = 1 },
	{ SCENARIO(somebody_reads), .clean = 1 },
	{ SCENARIO(read_unseen), FOUND(EOF_UNCLOSED, NONE, LEAK, OPENED), .read_unseen = 1 },
	{ SCENARIO(read_unseen_and_sending), FOUND(EOF_UNCLOSED, HALF_CLOSED, NOTE, OPENED),
	  .read_unseen = 1 },
	{ SCENARIO(read_unseen_and_to_send), FOUND(EOF_UNCLOSED, HALF_CLOSED, NOTE, OPENED),
	  .read_unseen = 1 },
	{ SCENARIO(exit_sample_alone), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(exit_sample_alone_in_epoll), FOUND(FIN_UNREAD, NOT_POLLED_SINCE, LEAK, OPENED) },
	{ SCENARIO(polled_before_the_fin), FOUND(FIN_UNREAD, NOT_POLLED_SINCE, LEAK, OPENED) },
	{ SCENARIO(busy_loop_has_not_come_to_it),
	  FOUND(FIN_UNREAD, NOT_POLLED_SINCE, NOTE, OPENED) },
	{ SCENARIO(busy_loop_closes_few), FOUND(FIN_UNREAD, NOT_POLLED_SINCE, LEAK, OPENED) },
	{ SCENARIO(busy_loop_stands_still), FOUND(FIN_UNREAD, NOT_POLLED_SINCE, LEAK, OPENED) },
	{ SCENARIO(polled_before_the_fin_with_data),
	  FOUND(FIN_UNREAD, NOT_POLLED_SINCE, LEAK, OPENED) },
	{ SCENARIO(polled_after_the_fin), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(polling_when_the_fin_came), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(polled_about_the_fin), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(stuck_about_the_fin), FOUND(FIN_UNREAD, NOT_POLLED_SINCE, LEAK, OPENED) },
	{ SCENARIO(waits_since_about_the_fin), FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(waits_otherwise_since_about_the_fin),
	  FOUND(FIN_UNREAD, HANGUP_IGNORED, LEAK, OPENED) },
	{ SCENARIO(exit_sample_alone_paused), FOUND(FIN_UNREAD, READING_PAUSED, LEAK, OPENED) },
	{ SCENARIO(exit_sample_alone_data), FOUND(FIN_UNREAD, DATA_UNREAD, LEAK, OPENED) },
	{ SCENARIO(exit_sample_alone_read), FOUND(EOF_UNCLOSED, NONE, LEAK, OPENED),
	  .read_unseen = 1 },
	{ SCENARIO(exit_sample_alone_read_at_once), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(exit_sample_alone_read_through_a_ring),
	  FOUND(EXIT_UNCLOSED, NONE, NOTE, OPENED) },
	{ SCENARIO(exit_sample_alone_at_once), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(exit_sample_alone_unknown_since), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(exit_sample_alone_multipath), .clean = 1 },
	{ SCENARIO(exit_sample_alone_established), .clean = 1 },
	{ SCENARIO(exit_sample_after_sighting), FOUND(FIN_UNREAD, READING_PAUSED, LEAK, OPENED) },
	{ SCENARIO(exit_sample_finds_it_read), FOUND(EOF_UNCLOSED, NONE, LEAK, OPENED),
	  .read_unseen = 1 },
	{ SCENARIO(exit_sample_before_sighting), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(exit_sample_finds_it_stuck_at_once), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(stuck_for_a_moment), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(stuck_for_a_moment_of_what_runs), .clean = 1 },
	{ SCENARIO(stuck_for_a_moment_and_until_the_end),
	  FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(quiet_before_the_first_sample), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(pooled), FOUND(FIN_UNREAD, NOT_POLLED, NOTE, OPENED) },
	{ SCENARIO(pooled_behind_a_goodbye), FOUND(FIN_UNREAD, NOT_POLLED, NOTE, OPENED) },
	{ SCENARIO(pooled_and_fin_taken_along), FOUND(FIN_UNREAD, NOT_POLLED, NOTE, OPENED) },
	{ SCENARIO(forgotten_and_fin_taken_along), FOUND(EOF_UNCLOSED, NONE, LEAK, OPENED),
	  .read_unseen = 1 },
	{ SCENARIO(response_left_unread), FOUND(FIN_UNREAD, DATA_UNREAD, LEAK, OPENED) },
	{ SCENARIO(pooled_and_forgotten), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(opened_and_never_used), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(accepted_and_used), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(reads_at_a_slow_pace), .clean = 1 },
	{ SCENARIO(has_stopped_reading), FOUND(FIN_UNREAD, DATA_UNREAD, LEAK, OPENED) },
	{ SCENARIO(reads_still_at_the_exit_sample), .clean = 1 },
	{ SCENARIO(stuck_throughout_and_sampled_at_its_end),
	  FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(unread_just_before_the_kill), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(unread_long_before_the_kill), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(unread_where_few_are_closed), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(one_end_came_with_the_data), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED),
	  .findings = 2 },
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
