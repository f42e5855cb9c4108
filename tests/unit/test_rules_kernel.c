/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's word decides, and where it says nothing: recordings of a server (pid 10) and of
 * its child (11), each with the observation that is kept beside it. The server lives from 1 s to
 * 100 s; it was sampled last at 90 s.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "analyzer/recordings/observation_file.h"
#include "analyzer/rules/judge.h"
#include "tests/unit/recording_builder.h"

#define COOKIE          42
#define LISTENER_COOKIE 7
#define SIGHTED_MS      90000
#define MIN_HELD_MS     100

#define OBSERVED_ROWS 4

struct observing {
	struct observation observation;
	struct observed_socket sockets[OBSERVED_ROWS];
	struct observed_holder holders[OBSERVED_ROWS];
	struct observed_listener listeners[OBSERVED_ROWS];
	struct observed_poller pollers[OBSERVED_ROWS];
};

struct scene {
	struct recording_builder server, child;
	struct observing server_seen, child_seen;
	int has_child, is_running;
	/* Stack ids, in both recordings the same. */
	uint32_t opened, eof, listened, accepted, forked, spawned, closed;
};

struct scenario {
	const char *name;
	void (*fill)(struct scene *scene);
	int clean; /* nothing is found */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	enum stack_kind deciding;
	int read_unseen;
	size_t findings; /* 0: one */
};

static void fill_stacks(struct scene *scene, struct recording_builder *builder)
{
	uint32_t *const ids[] = { &scene->opened,   &scene->eof,    &scene->listened,
				  &scene->accepted, &scene->forked, &scene->spawned,
				  &scene->closed };
	uint64_t pc = 0x400010;
	size_t i;

	builder_add_module(builder, "/opt/server", 0x400000, 0x500000);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++, pc += 16)
		*ids[i] = builder_add_stack(builder, &pc, 1);
}

static void begin_observing(struct observing *observing, int pid)
{
	observing->observation = (struct observation){ .pid = pid,
						       .first_ns = at_ms(2000),
						       .sampled_ns = at_ms(SIGHTED_MS),
						       .samples = 88,
						       .sockets = observing->sockets,
						       .holders = observing->holders,
						       .listeners = observing->listeners,
						       .pollers = observing->pollers };
}

static void begin_scene(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	builder_begin(&scene->server, 10, 1);
	builder_begin(&scene->child, 11, 10);
	fill_stacks(scene, &scene->server);
	fill_stacks(scene, &scene->child);
	begin_observing(&scene->server_seen, 10);
	begin_observing(&scene->child_seen, 11);
}

static struct recorded_socket *server_row(struct scene *scene, int fd, uint64_t cookie)
{
	struct recorded_socket *row = builder_add_socket(&scene->server, fd, cookie);

	row->opened_stack = scene->opened;
	row->receive_queue = RECORDED_QUEUE_UNKNOWN;
	return row;
}

static struct recorded_socket *server_eof(struct scene *scene, uint64_t ms)
{
	struct recorded_socket *row = server_row(scene, 5, COOKIE);

	row->eof_ns = at_ms(ms);
	row->eof_stack = scene->eof;
	row->eof_reads = 1;
	return row;
}

/* Call it in the order of cookies. */
static struct observed_socket *sees(struct observing *observing, int fd, uint64_t cookie,
				    uint8_t state)
{
	struct observed_socket *socket = &observing->sockets[observing->observation.socket_count++];

	*socket = (struct observed_socket){ .cookie = cookie,
					    .since_ns = at_ms(5000),
					    .sampled_ns = at_ms(SIGHTED_MS),
					    .quiet_ms = -1,
					    .sent_ms = -1,
					    .inode = 77,
					    .receive_queue = 1,
					    .fd = fd,
					    .epoll = -1,
					    .state = state,
					    .readiness = EPOLL_UNWATCHED };
	return socket;
}

/* The server's socket, in CLOSE_WAIT with an unread FIN from 5 s on. */
static struct observed_socket *stuck(struct scene *scene)
{
	server_row(scene, 5, COOKIE);
	return sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT);
}

/* The recorder's own sample when the process ended. */
static struct recorded_socket *exit_sampled(struct recorded_socket *row, uint32_t queue,
					    uint32_t quiet_ms)
{
	row->sampled_ns = at_ms(BUILDER_END_MS);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = queue;
	row->quiet_ms = quiet_ms;
	row->last_sent_ms = UINT32_MAX;
	return row;
}

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

static void stuck_throughout_and_sampled_at_its_end(struct scene *scene)
{
	stuck(scene)->quiet_ms = INT64_MAX;
	exit_sampled(&scene->server.sockets[0], 1, UINT32_MAX);
}

static void add_exit_total(struct scene *scene, uint32_t closed_stack)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_NOT, 1, 95000);

	total->opened_stack = scene->opened;
	total->closed_stack = closed_stack;
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

static void departs(struct scene *scene, uint64_t closed_ms, uint64_t eof_ms)
{
	struct recorded_departure *departure = builder_add_departure(&scene->server, COOKIE);

	departure->closed_ns = at_ms(closed_ms);
	departure->closed_stack = scene->closed;
	departure->opened_stack = scene->opened;
	departure->eof_ns = at_ms(eof_ms);
	departure->eof_stack = eof_ms ? scene->eof : 0;
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

#define FOUND(kind, why, how, stack)                                                               \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_##how,                   \
	.deciding = STACK_##stack

#define SCENARIO(function) .name = #function, .fill = function

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
	{ SCENARIO(gone), .clean = 1 },
	{ SCENARIO(reset_unread), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(reset_unread_lately), FOUND(ERROR_UNCLOSED, NONE, NOTE, OPENED) },
	{ SCENARIO(refused_unread), FOUND(CONNECT_UNCLOSED, NONE, LEAK, CONNECT) },
	{ SCENARIO(reset_after_sending_unasked), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(reset_reported), FOUND(ERROR_UNCLOSED, NONE, LEAK, OPENED) },
	{ SCENARIO(reset_after_a_long_pause), FOUND(ERROR_UNCLOSED, NONE, NOTE, OPENED) },
	{ SCENARIO(reset_unread_by_exit_sample), FOUND(ERROR_UNCLOSED, NONE, NOTE, OPENED) },
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
	{ SCENARIO(stuck_throughout_and_sampled_at_its_end),
	  FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
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
	{ SCENARIO(unread_just_before_the_kill), FOUND(FIN_UNREAD, NONE, NOTE, OPENED) },
	{ SCENARIO(unread_long_before_the_kill), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(unread_where_few_are_closed), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED) },
	{ SCENARIO(one_end_came_with_the_data), FOUND(FIN_UNREAD, NOT_POLLED, LEAK, OPENED),
	  .findings = 2 },
};

static void check_leak(const struct scenario *scenario, const struct leak *leak)
{
	if (leak->class != scenario->class || leak->reason != scenario->reason ||
	    leak->verdict != scenario->verdict || leak->deciding != scenario->deciding)
		fail_msg("%s: %s, reason %d, %s, decided by %s; expected %s, %d, %s, %s",
			 scenario->name, leak_class_name(leak->class), (int)leak->reason,
			 verdict_name(leak->verdict), stack_kind_name(leak->deciding),
			 leak_class_name(scenario->class), (int)scenario->reason,
			 verdict_name(scenario->verdict), stack_kind_name(scenario->deciding));
	if (!leak->stacks[leak->deciding].recording)
		fail_msg("%s: no deciding stack", scenario->name);
	if (leak->read_unseen != !!scenario->read_unseen)
		fail_msg("%s: was the read seen?", scenario->name);
	if (leak->decided_ns > leak->until_ns)
		fail_msg("%s: decided after it was over", scenario->name);
	if (leak->class != CLASS_HELD_ELSEWHERE && !leak->holder && !leak->stacks[STACK_CLOSED].id)
		fail_msg("%s: nobody to blame, and nobody closed it", scenario->name);
}

static bool closed_by_the_end(const void *context, const struct recording *recording,
			      uint32_t opened, uint32_t closed)
{
	(void)recording;
	(void)opened;
	return closed == ((const struct scene *)context)->closed;
}

/* In FOLDER, beside the recording where it has one. */
static void write_process(struct recording_builder *builder, const struct observing *seen,
			  const char *folder)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d.finleak", folder, builder->header.pid);
	builder_write(builder, path);
	assert_int_equal(observation_write(&seen->observation, path), 0);
}

static void play(const struct scenario *scenario, struct scene *scene)
{
	const struct judge_options options = { .min_held_ns = at_ms(MIN_HELD_MS),
					       .late_ns = at_ms(10000),
					       .idle_ns = at_ms(3000),
					       .closed_at_exit = closed_by_the_end,
					       .close_context = scene };
	char *folder = builder_new_folder();
	struct recordings *recordings;
	struct sockets *sockets;
	struct leaks *leaks;
	size_t expected, i;

	begin_scene(scene);
	scenario->fill(scene);
	write_process(&scene->server, &scene->server_seen, folder);
	if (scene->has_child)
		write_process(&scene->child, &scene->child_seen, folder);
	recordings = recordings_read(&folder, 1, NULL, 0);
	assert_int_equal(recordings->unreadable, 0);
	for (i = 0; i < recordings->count; i++)
		if (scene->is_running && recordings->list[i].recording->header.pid == 10)
			recordings->list[i].state = PROCESS_RUNNING;
	sockets = sockets_join(recordings);
	leaks = judge_all(recordings, sockets, &options);
	expected = scenario->clean ? 0 : scenario->findings ? scenario->findings : 1;
	if (leaks->count != expected)
		fail_msg("%s: %zu findings (%s), expected %zu", scenario->name, leaks->count,
			 leaks->count ? leak_class_name(leaks->list[0].class) : "none", expected);
	for (i = 0; i < leaks->count; i++)
		check_leak(scenario, &leaks->list[i]);
	leaks_free(leaks);
	sockets_free(sockets);
	recordings_free(recordings);
	builder_remove_folder(folder);
}

static void test_scenarios(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		play(&scenarios[i], scene);
	free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
