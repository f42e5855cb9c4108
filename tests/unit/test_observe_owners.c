/* SPDX-License-Identifier: MIT */
/* When the stack of a thread that should see to a socket is kept: it is of this very program. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_thread.h"
#include "analyzer/observer/observe_owners.h"

#define COOKIE    42
#define BEFORE_NS 2000000000u
#define NOW_NS    3000000000u
#define RETURNS   0x401234u

/* A thread that sleeps in read(), and the listener that it should accept from. */
struct stage {
	pthread_t sleeper;
	int ends[2];
	int tid;
	struct recorded_socket row;
	struct recording recording;
	struct observed_listener listener;
	struct observed_thread before;
	struct observation previous, now;
};

static void *sleep_in_read(void *argument)
{
	struct stage *stage = argument;
	char byte;

	__atomic_store_n(&stage->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (read(stage->ends[0], &byte, 1) == 1)
		;
	return NULL;
}

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct observed_thread *before = &stage->before;

	assert_non_null(stage);
	assert_int_equal(pipe(stage->ends), 0);
	assert_int_equal(pthread_create(&stage->sleeper, NULL, sleep_in_read, stage), 0);
	while (!(before->thread = __atomic_load_n(&stage->tid, __ATOMIC_ACQUIRE)))
		usleep(1000);
	do
		kernel_thread_describe(before->doing, sizeof(before->doing), (int)getpid(),
				       before->thread);
	while (strncmp(before->doing, "sleeps in read", strlen("sleeps in read")) != 0);
	before->switches = kernel_thread_switches((int)getpid(), before->thread);
	before->since_ns = BEFORE_NS - 1;
	before->frames = 1;
	before->pc[0] = RETURNS;
	stage->row = (struct recorded_socket){ .cookie = COOKIE,
					       .life = LIFE_OPEN,
					       .role = ROLE_LISTENER,
					       .accept_thread = (uint32_t)before->thread };
	stage->recording = (struct recording){ .sockets = &stage->row, .socket_count = 1 };
	stage->listener = (struct observed_listener){ .cookie = COOKIE, .waiting = 1 };
	stage->previous = (struct observation){
		.pid = (int)getpid(), .sampled_ns = BEFORE_NS, .threads = before, .thread_count = 1
	};
	stage->now = (struct observation){ .pid = (int)getpid(),
					   .sampled_ns = NOW_NS,
					   .listeners = &stage->listener,
					   .listener_count = 1 };
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	close(stage->ends[1]);
	pthread_join(stage->sleeper, NULL);
	close(stage->ends[0]);
	free(stage->now.threads);
	free(stage);
	return 0;
}

static const struct observed_thread *observe(struct stage *stage)
{
	observe_owners(&stage->now, &stage->previous, &stage->recording);
	assert_int_equal(stage->now.thread_count, 1);
	assert_string_equal(stage->now.threads[0].doing, stage->before.doing);
	return &stage->now.threads[0];
}

static void a_stuck_thread_keeps_its_stack(void **state)
{
	struct stage *stage = *state;
	const struct observed_thread *thread = observe(stage);

	assert_true(thread->since_ns == BEFORE_NS - 1);
	assert_int_equal(thread->frames, 1);
	assert_true(thread->pc[0] == RETURNS);
}

/* It may be on its way to the end of the program, and waits for something else by the same call. */
static void a_stuck_thread_that_moves_keeps_its_stack_at_first(void **state)
{
	struct stage *stage = *state;
	const struct observed_thread *thread;

	stage->before.switches--;
	thread = observe(stage);
	assert_true(thread->since_ns == NOW_NS);
	assert_int_equal(thread->frames, 1);
	assert_true(thread->pc[0] == RETURNS);
}

static void a_thread_that_keeps_moving_has_none(void **state)
{
	struct stage *stage = *state;

	stage->before.switches--;
	stage->before.since_ns = BEFORE_NS;
	assert_int_equal(observe(stage)->frames, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_stuck_thread_keeps_its_stack, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stuck_thread_that_moves_keeps_its_stack_at_first,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_thread_that_keeps_moving_has_none, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
