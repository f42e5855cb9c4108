/* SPDX-License-Identifier: MIT */
/* Sockets that are over for the kernel, or not yet in its table: TIME_WAIT, resets, what was never
 * connected. */
#include "tests/unit/unit.h"

#include "tests/unit/observer_stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/observer/observe_process.h"
#include "analyzer/recordings/recording_reader.h"

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

/* A table of many thousands changes while it is read: a sample may miss some. */
static void await_both_in_time_wait(struct stage *stage)
{
	while (time_wait_of(stage, (int)getpid()) != 2)
		if (time_wait_is_full())
			skip();
}

static void test_time_wait_of_an_earlier_process(void **state)
{
	struct stage *stage = *state;
	struct recorded_socket *row = record(stage, stage->listener);

	row->role = ROLE_LISTENER;
	leave_in_time_wait(stage);
	stage->recording->header.start_ns = 1;
	await_both_in_time_wait(stage);
	/* Longer than the jiffies and clock ticks that the kernel counts in. */
	usleep(50000);
	stage->recording->header.start_ns = clock_ns(CLOCK_MONOTONIC);
	assert_int_equal(time_wait_of(stage, (int)getpid()), 0);

	/* The listener is older than the program: its process may be as well, and is here. */
	row->source = SOURCE_EXEC;
	await_both_in_time_wait(stage);
	start_child(stage);
	assert_int_equal(time_wait_of(stage, stage->child), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_time_wait_of_an_earlier_process),
		ON_STAGE(test_time_wait_in_a_descriptor),
		ON_STAGE(test_reset),
		ON_STAGE(test_not_connected),
		ON_STAGE(test_newer_than_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
