/* SPDX-License-Identifier: MIT */
/* What samples show of real sockets, one after the other: reads, waits, what epoll asks, what is
 * kept. */
#include "tests/unit/unit.h"

#include "tests/unit/observer_stage.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/recordings/observation_file.h"

static void test_history(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection), since_ns, read_ns, sent_ns, first_ns, looks;
	const struct observed_socket *seen;
	struct observation *now, *then;
	char bytes[5];

	record(stage, connection)->opened_stack = 7;
	now = sample_of(stage, (int)getpid(), false, NULL);
	assert_int_equal(now->failure, 0);
	assert_int_equal(now->samples, 1);
	/* The peer's end too, which no recording has. */
	assert_int_equal(now->states[KERNEL_ESTABLISHED], 2);
	assert_int_equal(now->unrecorded_states[KERNEL_ESTABLISHED], 1);
	/* Nothing is kept of a healthy one. */
	assert_int_equal(now->socket_count, 0);
	first_ns = now->first_ns;

	/* With the last bytes the FIN may be read too. */
	assert_int_equal(write(peer, "some bytes", 10), 10);
	shutdown(peer, SHUT_WR);
	now = sample_until(stage, now, cookie, KERNEL_CLOSE_WAIT, 11);
	seen = observation_find(now, cookie);
	assert_int_equal(seen->fd, connection);
	assert_int_equal(seen->opened_stack, 7);
	assert_int_equal(seen->local.port, ntohs(stage->address.sin_port));
	assert_true(seen->flags & OBSERVED_CONFIRMED);
	assert_int_equal(seen->readiness, EPOLL_UNWATCHED);
	assert_true(seen->quiet_ms >= 0);
	assert_true(seen->read_ns == 0 && seen->sent_ns == 0);
	since_ns = seen->since_ns;
	assert_true(since_ns >= first_ns && since_ns <= seen->sampled_ns);
	looks = now->samples;

	assert_int_equal(read(connection, bytes, sizeof(bytes)), 5);
	now = sample_until(stage, now, cookie, KERNEL_CLOSE_WAIT, 6);
	seen = observation_find(now, cookie);
	assert_true(now->samples > looks && now->first_ns == first_ns);
	assert_true(seen->since_ns == since_ns);
	read_ns = seen->read_ns;
	assert_true(read_ns == seen->sampled_ns);

	assert_int_equal(write(connection, "abc", 3), 3);
	then = now;
	now = sample_of(stage, (int)getpid(), false, then);
	observation_free(then);
	seen = observation_find(now, cookie);
	sent_ns = seen->sent_ns;
	assert_true(sent_ns == seen->sampled_ns);
	assert_true(seen->read_ns == read_ns);

	then = now;
	now = sample_of(stage, (int)getpid(), false, then);
	observation_free(then);
	seen = observation_find(now, cookie);
	assert_true(seen->sent_ns == sent_ns && seen->read_ns == read_ns);
	assert_true(seen->since_ns == since_ns && seen->sampled_ns > sent_ns);
	/* Confirmed by the listing before; descriptors were not listed since. */
	assert_true(seen->flags & OBSERVED_CONFIRMED);
	observation_free(now);
	close(peer);
	close(connection);
}

/*
 * A reader that is slow, and pauses for longer than it takes between samples: from before the peer
 * closed until it has read all.
 */
static void test_slow_reader(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection), read_ns, unread_ns;
	const struct observed_socket *seen;
	struct observation *now, *then;
	char bytes[3];
	int i;

	record(stage, connection);
	assert_int_equal(write(peer, "some bytes", 10), 10);
	now = sample_until(stage, NULL, cookie, KERNEL_ESTABLISHED, 10);
	unread_ns = observation_find(now, cookie)->unread_ns;
	assert_true(unread_ns > 0 && unread_ns <= now->sampled_ns);
	assert_true(observation_find(now, cookie)->read_ns == 0);
	assert_int_equal(read(connection, bytes, sizeof(bytes)), 3);
	now = sample_until(stage, now, cookie, KERNEL_ESTABLISHED, 7);
	read_ns = observation_find(now, cookie)->read_ns;
	assert_true(read_ns == now->sampled_ns);

	/* The FIN, which counts as a byte, is no progress, and ends none. */
	shutdown(peer, SHUT_WR);
	now = sample_until(stage, now, cookie, KERNEL_CLOSE_WAIT, 8);
	for (i = 0; i < 3; i++)
		now = sample_until(stage, now, cookie, KERNEL_CLOSE_WAIT, 8);
	seen = observation_find(now, cookie);
	assert_true(seen->read_ns == read_ns && read_ns < seen->sampled_ns);
	assert_true(seen->unread_ns == unread_ns);

	assert_int_equal(read(connection, bytes, sizeof(bytes)), 3);
	now = sample_until(stage, now, cookie, KERNEL_CLOSE_WAIT, 5);
	seen = observation_find(now, cookie);
	assert_true(seen->read_ns == seen->sampled_ns && seen->unread_ns == unread_ns);

	assert_int_equal(read(connection, bytes, sizeof(bytes)), 3);
	assert_int_equal(read(connection, bytes, 1), 1);
	/* The FIN may have been read with the last byte. */
	then = now;
	now = sample_of(stage, (int)getpid(), false, then);
	observation_free(then);
	seen = observation_find(now, cookie);
	assert_true(seen->read_ns == seen->sampled_ns && seen->unread_ns == 0);
	observation_free(now);
	close(peer);
	close(connection);
}

/* What was unread when the peer reset the connection is gone, and nobody has read it. */
static void test_reset_is_no_reading(void **state)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct observation *now;

	record(stage, connection);
	assert_int_equal(write(peer, "some bytes", 10), 10);
	now = sample_until(stage, NULL, cookie, KERNEL_ESTABLISHED, 10);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(peer);
	now = sample_until(stage, now, cookie, KERNEL_CLOSE, 0);
	assert_true(observation_find(now, cookie)->read_ns == 0);
	assert_true(observation_find(now, cookie)->unread_ns == 0);
	observation_free(now);
	close(connection);
}

/* By the recording: who called epoll_wait() on the descriptor that watches what is stuck. */
static void test_poller(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(EPOLL_CLOEXEC), other = epoll_create1(EPOLL_CLOEXEC);
	uint64_t cookie = cookie_of(connection);
	const struct observed_poller *poller;
	struct observation *now, *then;

	record(stage, connection);
	assert_true(set < BUILDER_ROWS && other < BUILDER_ROWS);
	stage->recording->poller_count = BUILDER_ROWS;
	stage->recording->pollers[set] = (struct recorded_poller){ .entered_ns = at_ms(3000),
								   .returned_ns = at_ms(4000),
								   .thread = (int)getpid() };
	stage->recording->pollers[other] = stage->recording->pollers[set];
	close(peer);
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, connection, &event), 0);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	assert_int_equal(now->poller_count, 1);
	poller = observation_poller(now, set);
	assert_non_null(poller);
	assert_true(poller->returned_ns == at_ms(4000));
	assert_int_equal(poller->thread, getpid());
	assert_true(poller->entered_ns == at_ms(3000));
	assert_string_equal(poller->doing, "runs");

	/* Descriptors are not listed; the poller is looked up again all the same. */
	stage->recording->pollers[set] = (struct recorded_poller){ 0 };
	then = now;
	now = sample_of(stage, (int)getpid(), false, then);
	observation_free(then);
	poller = observation_poller(now, set);
	assert_int_equal(poller->thread, 0);
	/* This program has no other thread. */
	assert_string_equal(poller->doing, "runs");

	/* The table is as long as the highest descriptor that was ever polled. */
	stage->recording->poller_count = 0;
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	observation_free(then);
	assert_int_equal(observation_find(now, cookie)->readiness, EPOLL_REPORTED);
	poller = observation_poller(now, set);
	assert_non_null(poller);
	assert_int_equal(poller->thread, 0);
	assert_true(poller->entered_ns == 0 && poller->returned_ns == 0);
	observation_free(now);
	close(set);
	close(other);
	close(connection);
}

static void test_readiness(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	struct epoll_event event = { .events = 0 };
	int set = epoll_create1(EPOLL_CLOEXEC);
	uint64_t cookie = cookie_of(connection);
	const struct observed_socket *seen;
	struct observation *now, *then;

	record(stage, connection);
	close(peer);
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, connection, &event), 0);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	seen = observation_find(now, cookie);
	assert_int_equal(seen->readiness, EPOLL_PAUSED);
	assert_int_equal(seen->epoll, set);

	event.events = EPOLLIN;
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_MOD, connection, &event), 0);
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	observation_free(then);
	seen = observation_find(now, cookie);
	assert_int_equal(seen->readiness, EPOLL_REPORTED);
	assert_true(seen->epoll_events & EPOLLIN);
	observation_free(now);
	close(set);
	close(connection);
}

static void test_backlog(void **state)
{
	struct stage *stage = *state;
	struct recorded_socket *row = record(stage, stage->listener);
	struct observation *now = NULL, *then;
	int living = connect_to(stage);
	uint64_t first_ns, cookie;

	row->role = ROLE_LISTENER;
	row->last_use = USE_ACCEPT;
	row->accept_thread = (int)getpid();
	close(connect_to(stage));
	do {
		observation_free(now);
		now = sample_of(stage, (int)getpid(), true, NULL);
	} while (!now->socket_count);
	/* The peer of one of the two is there; its connection is left alone. */
	assert_int_equal(now->socket_count, 1);
	assert_int_equal(now->sockets[0].state, KERNEL_CLOSE_WAIT);
	assert_true(now->sockets[0].listener == cookie_of(stage->listener));
	assert_int_equal(now->sockets[0].fd, -1);
	assert_int_equal(now->sockets[0].inode, 0);
	assert_false(now->sockets[0].flags & OBSERVED_GONE);
	assert_int_equal(now->listener_count, 1);
	assert_true(now->listeners[0].cookie == cookie_of(stage->listener));
	assert_int_equal(now->listeners[0].waiting, 2);
	assert_int_equal(now->listeners[0].maximum, BACKLOG);
	assert_true(now->listeners[0].thread[0] != '\0');
	first_ns = now->sockets[0].since_ns;
	cookie = now->sockets[0].cookie;
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	observation_free(then);
	assert_true(now->sockets[0].cookie == cookie && now->sockets[0].since_ns == first_ns);
	observation_free(now);
	close(living);
}

/* A process that is not sampled any more is forgotten. */
static void test_process_left_out(void **state)
{
	struct stage *stage = *state;
	const struct observed_program program = { .pid = (int)getpid(), .path = stage->path };

	builder_write(stage->recording, stage->path);
	observer_sample(stage->observer, &program, 1, false);
	observer_sample(stage->observer, &program, 0, false);
	assert_null(observer_take(stage->observer, stage->path));
}

/* Samples and keeps: how many listeners the file has; -1: there is no file. */
static int kept_listeners(struct stage *stage)
{
	const struct observed_program program = { .pid = (int)getpid(), .path = stage->path };
	struct observation *kept;
	int listeners = -1;

	builder_write(stage->recording, stage->path);
	observer_sample(stage->observer, &program, 1, false);
	assert_int_equal(observer_keep(stage->observer), 0);
	kept = observation_read(stage->path, NULL);
	if (kept)
		listeners = (int)kept->states[KERNEL_LISTEN];
	observation_free(kept);
	return listeners;
}

/*
 * Most processes that a shell starts have no sockets: no file then. But of one that had some, and
 * has closed them, the old must not be reported.
 */
static void test_what_is_worth_a_file(void **state)
{
	struct stage *stage = *state;

	record(stage, stage->listener)->role = ROLE_LISTENER;
	assert_int_equal(kept_listeners(stage), 1);
	stage->recording->sockets[0].life = 0;
	close(stage->listener);
	assert_int_equal(kept_listeners(stage), 0);
}

static void test_no_file_without_sockets(void **state)
{
	struct stage *stage = *state;

	close(stage->listener);
	assert_int_equal(kept_listeners(stage), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_history),
		ON_STAGE(test_slow_reader),
		ON_STAGE(test_reset_is_no_reading),
		ON_STAGE(test_poller),
		ON_STAGE(test_readiness),
		ON_STAGE(test_backlog),
		ON_STAGE(test_process_left_out),
		ON_STAGE(test_what_is_worth_a_file),
		ON_STAGE(test_no_file_without_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
