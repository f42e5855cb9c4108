/* SPDX-License-Identifier: MIT */
/* Who has a socket that no recording has, or has no more. */
#include "tests/unit/unit.h"

#include "tests/unit/observer_stage.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"

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
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_held_by_unrecorded),
		ON_STAGE(test_closed_since_the_sample_before),
		ON_STAGE(test_opened_by_no_recorded_call),
		ON_STAGE(test_shared_with_another_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
