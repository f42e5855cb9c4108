/* SPDX-License-Identifier: MIT */
/*
 * What a sample shows of real sockets: those of this very program, and of children that hold some.
 * Their recordings are made by hand.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/recordings/observation_file.h"
#include "analyzer/observer/observe_process.h"
#include "analyzer/observer/observer.h"
#include "analyzer/recordings/recording_reader.h"
#include "tests/unit/recording_builder.h"

#define BACKLOG 7

struct stage {
	char *folder;
	char path[128]; /* of the recording */
	struct recording_builder *recording;
	struct observer *observer;
	struct sockaddr_in address;
	int listener;
	pid_t child; /* 0 none */
};

static int begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	socklen_t size = sizeof(stage->address);

	stage->folder = builder_new_folder();
	snprintf(stage->path, sizeof(stage->path), "%s/a.finleak", stage->folder);
	stage->recording = malloc(sizeof(*stage->recording));
	builder_begin(stage->recording, (int)getpid(), (int)getppid());
	stage->observer = observer_new();
	stage->address = (struct sockaddr_in){ .sin_family = AF_INET,
					       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	stage->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(stage->listener, (struct sockaddr *)&stage->address, size), 0);
	assert_int_equal(listen(stage->listener, BACKLOG), 0);
	assert_int_equal(getsockname(stage->listener, (struct sockaddr *)&stage->address, &size),
			 0);
	*state = stage;
	return 0;
}

static void end_child(struct stage *stage)
{
	if (stage->child <= 0)
		return;
	kill(stage->child, SIGKILL);
	waitpid(stage->child, NULL, 0);
	stage->child = 0;
}

static int end(void **state)
{
	struct stage *stage = *state;

	end_child(stage);
	observer_free(stage->observer);
	builder_remove_folder(stage->folder);
	close(stage->listener);
	free(stage->recording);
	free(stage);
	return 0;
}

static int connect_to(const struct stage *stage)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
		connect(fd, (const struct sockaddr *)&stage->address, sizeof(stage->address)), 0);
	return fd;
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie;
	socklen_t size = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
	return cookie;
}

/* Records that the program has FD open. */
static struct recorded_socket *record(struct stage *stage, int fd)
{
	return builder_add_socket(stage->recording, fd, cookie_of(fd));
}

/* One sample of process PID, by the recording as it stands; what it showed, which is the caller's.
 */
static struct observation *sample_of(struct stage *stage, int pid, bool thorough,
				     const struct observation *previous)
{
	const struct observed_program program = { .pid = pid,
						  .path = stage->path,
						  .previous = previous };

	builder_write(stage->recording, stage->path);
	observer_sample(stage->observer, &program, 1, thorough);
	return observer_take(stage->observer, stage->path);
}

/* Samples until socket COOKIE is seen with QUEUE to read in STATE; PREVIOUS is freed. */
static struct observation *sample_until(struct stage *stage, struct observation *previous,
					uint64_t cookie, uint8_t state, uint32_t queue)
{
	for (;;) {
		struct observation *now = sample_of(stage, (int)getpid(), true, previous);
		const struct observed_socket *seen = observation_find(now, cookie);

		observation_free(previous);
		if (seen && seen->state == state && seen->receive_queue == queue)
			return now;
		previous = now;
	}
}

/* A child that waits until it is killed, without the recorder. */
static void start_child(struct stage *stage)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	stage->child = fork();
	if (stage->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

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

/* Two connections that the program closed first, by which the kernel keeps them in TIME_WAIT. */
static void leave_in_time_wait(struct stage *stage)
{
	int i;

	for (i = 0; i < 2; i++) {
		int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
		char byte;

		close(connection);
		assert_int_equal(read(peer, &byte, 1), 0);
		close(peer);
	}
}

static uint64_t time_wait_of(struct stage *stage, int pid)
{
	struct observation *now = sample_of(stage, pid, true, NULL);
	uint64_t count = now->unowned[KERNEL_TIME_WAIT];

	observation_free(now);
	return count;
}

/*
 * Are so many connections in TIME_WAIT on this machine that the kernel drops new ones at once
 * (net.ipv4.tcp_max_tw_buckets)?
 */
static bool time_wait_is_full(void)
{
	FILE *limit_file = fopen("/proc/sys/net/ipv4/tcp_max_tw_buckets", "re");
	FILE *count_file = fopen("/proc/net/sockstat", "re");
	long limit = 0, count = 0;
	char line[256];

	if (limit_file && fgets(line, sizeof(line), limit_file))
		limit = atol(line);
	while (count_file && fgets(line, sizeof(line), count_file))
		sscanf(line, "TCP: inuse %*d orphan %*d tw %ld", &count);
	if (limit_file)
		fclose(limit_file);
	if (count_file)
		fclose(count_file);
	return count > limit / 10 * 9;
}

static void test_time_wait_of_an_earlier_process(void **state)
{
	struct stage *stage = *state;
	struct recorded_socket *row = record(stage, stage->listener);

	row->role = ROLE_LISTENER;
	leave_in_time_wait(stage);
	stage->recording->header.start_ns = 1;
	while (time_wait_of(stage, (int)getpid()) != 2)
		if (time_wait_is_full())
			skip();
	/* Longer than the jiffies and clock ticks that the kernel counts in. */
	usleep(50000);
	stage->recording->header.start_ns = clock_ns(CLOCK_MONOTONIC);
	assert_int_equal(time_wait_of(stage, (int)getpid()), 0);

	/* The listener is older than the program: its process may be as well, and is here. */
	row->source = SOURCE_EXEC;
	assert_int_equal(time_wait_of(stage, (int)getpid()), 2);
	start_child(stage);
	assert_int_equal(time_wait_of(stage, stage->child), 0);
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

/* Its number was given to something else by a call that nobody recorded. */
static void test_replaced_unseen(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct recorded_socket *row = record(stage, connection);
	const struct observed_socket *seen;
	struct observation *now;

	row->eof_ns = at_ms(5000);
	row->life |= LIFE_EOF;
	close(peer);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	assert_true(observation_find(now, cookie)->flags & OBSERVED_CONFIRMED);
	observation_free(now);
	assert_int_equal(dup2(stage->listener, connection), connection);
	now = sample_of(stage, (int)getpid(), false, NULL);
	seen = observation_find(now, cookie);
	assert_non_null(seen);
	assert_true(seen->flags & OBSERVED_GONE);
	assert_int_equal(now->closed, 0);
	observation_free(now);
	close(connection);
}

/* ... while the kernel still waits for the peer's end: in the table, and in nobody's hands. */
static void test_replaced_unseen_before_its_end(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct recorded_socket *row = record(stage, connection);
	const struct observed_socket *seen;
	struct observation *now;

	row->shutdown_ns = at_ms(5000);
	row->shutdown_how = 3;
	row->life |= LIFE_SHUTDOWN;
	shutdown(connection, SHUT_RDWR);
	now = sample_until(stage, NULL, cookie, KERNEL_FIN_WAIT2, 0);
	assert_false(observation_find(now, cookie)->flags & OBSERVED_GONE);
	observation_free(now);
	assert_int_equal(dup2(stage->listener, connection), connection);
	now = sample_of(stage, (int)getpid(), false, NULL);
	seen = observation_find(now, cookie);
	assert_non_null(seen);
	assert_true(seen->flags & OBSERVED_GONE);
	assert_int_equal(now->states[KERNEL_FIN_WAIT2], 0);
	observation_free(now);
	close(connection);
	close(peer);
}

/*
 * Both sides have ended it and the kernel keeps it in TIME_WAIT, while a descriptor holds what is
 * left. A sample shows the same of that whether it counts TIME_WAIT or not.
 */
static void test_time_wait_in_a_descriptor(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct recorded_socket *row = record(stage, connection);
	const struct observed_socket *seen;
	struct observation *now;

	row->shutdown_ns = at_ms(5000);
	row->shutdown_how = 3;
	row->life |= LIFE_SHUTDOWN;
	shutdown(connection, SHUT_RDWR);
	close(peer);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE, 0);
	assert_int_equal(now->closed, 1);
	assert_int_equal(now->states[KERNEL_TIME_WAIT], 0);
	seen = observation_find(now, cookie);
	assert_true(seen->flags & OBSERVED_CONNECTED && seen->flags & OBSERVED_FIN_SENT);
	assert_false(seen->flags & OBSERVED_GONE);
	observation_free(now);
	close(connection);
}

static void test_reset(void **state)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	const struct observed_socket *seen;
	struct observation *now;
	char byte;

	record(stage, connection);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(peer);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE, 0);
	seen = observation_find(now, cookie);
	assert_true(seen->flags & OBSERVED_CONNECTED && seen->flags & OBSERVED_ERROR_PENDING);
	assert_false(seen->flags & OBSERVED_FIN_SENT);
	observation_free(now);
	assert_int_equal(read(connection, &byte, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	now = sample_of(stage, (int)getpid(), false, NULL);
	assert_false(observation_find(now, cookie)->flags & OBSERVED_ERROR_PENDING);
	observation_free(now);
	close(connection);
}

static void test_not_connected(void **state)
{
	struct stage *stage = *state;
	int idle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = stage->address;
	struct observation *now;

	address.sin_port = 0;
	assert_int_equal(bind(bound, (struct sockaddr *)&address, sizeof(address)), 0);
	record(stage, idle);
	record(stage, bound);
	now = sample_of(stage, (int)getpid(), true, NULL);
	assert_int_equal(now->idle, 1);
	assert_int_equal(now->bound, 1);
	assert_int_equal(now->socket_count, 0);
	observation_free(now);
	close(idle);
	close(bound);
}

/* It came up between the reading of the kernel's table and that of the recording. */
static void test_newer_than_the_table(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	struct sample look = { .now_ns = 1 };
	struct recording *recording;
	struct observation *now;
	char error[256];

	record(stage, connection);
	builder_write(stage->recording, stage->path);
	recording = recording_read_sockets(stage->path, error, sizeof(error));
	assert_non_null(recording);
	now = observe_process(&look, (int)getpid(), recording, NULL);
	assert_int_equal(now->closed, 0);
	assert_int_equal(now->states[KERNEL_ESTABLISHED], 1);
	assert_int_equal(now->socket_count, 0);
	observation_free(now);
	recording_free(recording);
	close(peer);
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

static void test_held_by_unrecorded(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct observation *now, *then;

	builder_add_departure(stage->recording, cookie)->closed_ns = at_ms(6000);
	shutdown(peer, SHUT_WR);
	start_child(stage);
	close(connection);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	assert_int_equal(observation_find(now, cookie)->fd, -1);
	assert_int_equal(now->holder_count, 1);
	assert_true(now->holders[0].cookie == cookie);
	assert_int_equal(now->holders[0].pid, stage->child);
	assert_int_equal(now->holders[0].fd, connection);
	assert_true(now->holders[0].is_child);
	assert_false(now->holders[0].is_ring);
	assert_non_null(strstr(now->holders[0].command, "test_observer"));

	/* What a listing found stays known to the samples that don't list. */
	then = now;
	now = sample_of(stage, (int)getpid(), false, then);
	assert_int_equal(now->holder_count, 1);
	assert_true(observation_find(now, cookie)->since_ns ==
		    observation_find(then, cookie)->since_ns);
	observation_free(then);

	/* When the child lets go of it, it is nobody's. */
	end_child(stage);
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	assert_null(observation_find(now, cookie));
	assert_int_equal(now->holder_count, 0);
	observation_free(then);
	observation_free(now);
	close(peer);
}

/* A program that ends closes everything, and the sample in the midst of that may be the last one.
 */
static void test_closed_since_the_sample_before(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection), sampled_ns, closed_ns;
	struct recorded_socket *row = record(stage, connection);
	struct observation *now, *then;

	shutdown(peer, SHUT_WR);
	then = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	sampled_ns = observation_find(then, cookie)->sampled_ns;
	assert_true(observation_find(then, cookie)->closed_ns == 0);
	close(connection);
	row->life = 0;
	closed_ns = clock_ns(CLOCK_MONOTONIC);
	now = sample_of(stage, (int)getpid(), true, then);
	assert_true(observation_find(now, cookie)->closed_ns >= closed_ns);
	assert_true(observation_find(now, cookie)->closed_ns <= clock_ns(CLOCK_MONOTONIC));
	assert_true(observation_find(now, cookie)->sampled_ns == sampled_ns);
	observation_free(then);

	/* ... but if there is another one, it is over. */
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	assert_null(observation_find(now, cookie));
	observation_free(then);
	observation_free(now);
	close(peer);
}

static void test_process_that_ends(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct observed_program program = { .path = stage->path };
	struct observation *kept, *seen;

	record(stage, connection);
	shutdown(peer, SHUT_WR);
	seen = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	observation_free(seen);
	start_child(stage);
	program.pid = stage->child;
	observer_sample(stage->observer, &program, 1, true);
	assert_int_equal(observer_keep(stage->observer), 0);
	end_child(stage);
	/* Its sockets are closed by now; what was seen before is true of its life. */
	observer_sample(stage->observer, &program, 1, true);
	assert_int_equal(observer_keep(stage->observer), 0);
	kept = observation_read(stage->path, NULL);
	assert_non_null(kept);
	assert_non_null(observation_find(kept, cookie));
	observation_free(kept);
	seen = observer_take(stage->observer, stage->path);
	assert_non_null(seen);
	assert_non_null(observation_find(seen, cookie));
	assert_true(observation_find(seen, cookie)->flags & OBSERVED_CONFIRMED);
	observation_free(seen);
	close(connection);
	close(peer);
}

/*
 * Its memory goes first, which takes a while: meanwhile its descriptors are still there, and the
 * kernel gives no copies of them any more.
 */
static void test_process_that_is_ending(void **state)
{
	const size_t size = 256u << 20;
	const struct linger at_once = { .l_onoff = 1 };
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct observed_program program = { .path = stage->path };
	const struct observed_socket *found;
	siginfo_t ended = { .si_pid = 0 };
	struct observation *seen;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	assert_true(memory != MAP_FAILED);
	record(stage, connection);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(peer);
	seen = sample_until(stage, NULL, cookie, KERNEL_CLOSE, 0);
	observation_free(seen);
	start_child(stage);
	program.pid = stage->child;
	observer_sample(stage->observer, &program, 1, true);
	kill(stage->child, SIGKILL);
	while (!ended.si_pid) {
		observer_sample(stage->observer, &program, 1, true);
		assert_int_equal(
			waitid(P_PID, (id_t)stage->child, &ended, WEXITED | WNOWAIT | WNOHANG), 0);
	}
	end_child(stage);
	seen = observer_take(stage->observer, stage->path);
	assert_non_null(seen);
	found = observation_find(seen, cookie);
	assert_non_null(found);
	assert_int_equal(found->state, KERNEL_CLOSE);
	assert_true(found->flags & OBSERVED_CONFIRMED);
	assert_false(found->flags & OBSERVED_GONE);
	observation_free(seen);
	munmap(memory, size);
	close(connection);
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

/* What no recorded call opened: those count that two samples have, and the stuck are kept. */
static void test_opened_by_no_recorded_call(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection), since_ns;
	const struct observed_socket *seen;
	struct observation *now, *then;

	shutdown(peer, SHUT_WR);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	seen = observation_find(now, cookie);
	assert_int_equal(seen->origin, OBSERVED_UNRECORDED_ACCEPTED);
	assert_int_equal(seen->fd, connection);
	since_ns = seen->since_ns;
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	observation_free(then);
	seen = observation_find(now, cookie);
	assert_true(seen->since_ns == since_ns && seen->sampled_ns > since_ns);
	assert_int_equal(seen->readiness, EPOLL_UNWATCHED);
	/* The listener, the connection and its peer. */
	assert_int_equal(now->unrecorded, 3);
	assert_int_equal(now->unrecorded_most, 3);
	close(connection);
	then = now;
	now = sample_of(stage, (int)getpid(), true, then);
	observation_free(then);
	assert_null(observation_find(now, cookie));
	assert_int_equal(now->unrecorded_most, 3);
	observation_free(now);
	close(peer);
}

/* What another program has as well was inherited from it, or passed by it. */
static void test_shared_with_another_program(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL), i;
	uint64_t cookie = cookie_of(connection);
	struct observation *now = NULL, *then;
	int ready[2], done[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	child = fork();
	if (child == 0) {
		close(done[1]);
		_exit(write(ready[1], "", 1) != 1 || read(done[0], &byte, 1) != 0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	shutdown(peer, SHUT_WR);
	for (i = 0; i < 3; i++) {
		then = now;
		now = sample_of(stage, (int)child, true, then);
		observation_free(then);
	}
	assert_non_null(observation_find(now, cookie));
	assert_int_equal(observation_find(now, cookie)->origin, OBSERVED_UNRECORDED_SHARED);
	observation_free(now);
	close(done[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(connection);
	close(peer);
	close(ready[0]);
	close(ready[1]);
	close(done[0]);
}

int main(void)
{
#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_history),
		ON_STAGE(test_slow_reader),
		ON_STAGE(test_reset_is_no_reading),
		ON_STAGE(test_poller),
		ON_STAGE(test_time_wait_of_an_earlier_process),
		ON_STAGE(test_readiness),
		ON_STAGE(test_replaced_unseen),
		ON_STAGE(test_replaced_unseen_before_its_end),
		ON_STAGE(test_time_wait_in_a_descriptor),
		ON_STAGE(test_reset),
		ON_STAGE(test_not_connected),
		ON_STAGE(test_newer_than_the_table),
		ON_STAGE(test_backlog),
		ON_STAGE(test_held_by_unrecorded),
		ON_STAGE(test_closed_since_the_sample_before),
		ON_STAGE(test_process_that_ends),
		ON_STAGE(test_process_that_is_ending),
		ON_STAGE(test_process_left_out),
		ON_STAGE(test_what_is_worth_a_file),
		ON_STAGE(test_no_file_without_sockets),
		ON_STAGE(test_opened_by_no_recorded_call),
		ON_STAGE(test_shared_with_another_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
