/* SPDX-License-Identifier: MIT */
/* What a thread does, in words: by lines of /proc, and of threads of this very program. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_stack.h"
#include "analyzer/kernel_view/kernel_thread.h"

static void test_phrases(void **state)
{
	char futex_wait[64], lock_pi[64], epoll[64], unknown[64];
	const struct {
		struct kernel_thread thread;
		const char *call, *phrase;
	} cases[] = {
		{ { .state = 'R' }, "running", "runs" },
		{ { .state = 'S' }, futex_wait, "sleeps in futex (FUTEX_WAIT)" },
		{ { .state = 'S' }, lock_pi, "sleeps in futex (FUTEX_LOCK_PI)" },
		{ { .state = 'S' }, epoll, "sleeps in epoll_pwait on descriptor 7" },
		{ { .state = 'S' }, unknown, "sleeps in system call 4000" },
		{ { .state = 'D', .wchan = "io_schedule" },
		  "-1 0x7ffe 0x401000",
		  "sleeps uninterruptibly in the kernel's io_schedule" },
		/* The kernel refuses us the call, or both. */
		{ { .state = 'S', .wchan = "futex_wait_queue" },
		  "",
		  "sleeps in the kernel's futex_wait_queue" },
		{ { .state = 'S' }, "", "sleeps" },
		{ { .state = 'T' }, futex_wait, "is stopped" },
		{ { .state = 't' }, "", "is stopped by a debugger" },
		{ { .state = 'Z' }, "", "has ended" },
		{ { .state = '\0' }, "", "" },
		/* No call that has that many arguments. */
		{ { .state = 'S' }, "nonsense", "sleeps" },
	};
	size_t i;

	(void)state;
	snprintf(futex_wait, sizeof(futex_wait), "%ld 0x7f00 0x189 0x2 0x0", (long)SYS_futex);
	snprintf(lock_pi, sizeof(lock_pi), "%ld 0x7f00 0x86 0x2 0x0", (long)SYS_futex);
	snprintf(epoll, sizeof(epoll), "%ld 0x7 0x7f00 0x400", (long)SYS_epoll_pwait);
	snprintf(unknown, sizeof(unknown), "4000 0x7 0x7f00 0x400");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kernel_thread thread = cases[i].thread;
		char text[96], narrow[8];

		snprintf(thread.call, sizeof(thread.call), "%s", cases[i].call);
		kernel_thread_phrase(text, sizeof(text), &thread);
		assert_string_equal(text, cases[i].phrase);
		kernel_thread_phrase(narrow, sizeof(narrow), &thread);
		assert_true(strlen(narrow) < sizeof(narrow));
	}
}

/* What a thread sleeps on: not what it only passes to a call. */
static void test_descriptor(void **state)
{
	const struct {
		char state;
		long call;
		int descriptor;
	} cases[] = {
		{ 'S', SYS_epoll_pwait, 7 }, { 'D', SYS_recvfrom, 7 }, { 'S', SYS_accept4, 7 },
		{ 'S', SYS_futex, -1 },      { 'S', 4000, -1 },        { 'T', SYS_read, -1 },
	};
	struct kernel_thread thread = { .state = 'R', .call = "running" };
	size_t i;

	(void)state;
	assert_int_equal(kernel_thread_descriptor(&thread), -1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		thread.state = cases[i].state;
		snprintf(thread.call, sizeof(thread.call), "%ld 0x7 0x7f00 0x400", cases[i].call);
		assert_int_equal(kernel_thread_descriptor(&thread), cases[i].descriptor);
	}
	thread = (struct kernel_thread){ .state = 'S' };
	assert_int_equal(kernel_thread_descriptor(&thread), -1);
}

struct sleeper {
	int tid;
	int epoll;
	sem_t ready, wake;
};

static void *wait_for_semaphore(void *context)
{
	struct sleeper *sleeper = context;

	sleeper->tid = (int)syscall(SYS_gettid);
	sem_post(&sleeper->ready);
	sem_wait(&sleeper->wake);
	return NULL;
}

static void *wait_for_event(void *context)
{
	struct sleeper *sleeper = context;
	struct epoll_event event;

	sleeper->tid = (int)syscall(SYS_gettid);
	sem_post(&sleeper->ready);
	epoll_wait(sleeper->epoll, &event, 1, -1);
	return NULL;
}

/* Whatever it is called. */
static void test_list_and_names(void **state)
{
	static const char name[] = ") R 1 (";
	struct sleeper sleeper = { .tid = 0 };
	struct kernel_thread thread;
	bool is_listed = false;
	pthread_t other;
	size_t count, i;
	int *list;

	(void)state;
	sem_init(&sleeper.ready, 0, 0);
	sem_init(&sleeper.wake, 0, 0);
	assert_int_equal(pthread_create(&other, NULL, wait_for_semaphore, &sleeper), 0);
	sem_wait(&sleeper.ready);
	assert_int_equal(pthread_setname_np(other, name), 0);
	kernel_thread_read(&thread, (int)getpid(), sleeper.tid);
	assert_string_equal(thread.name, name);
	list = kernel_thread_list((int)getpid(), &count);
	assert_true(count >= 2);
	assert_int_equal(list[0], getpid());
	for (i = 1; i < count; i++) {
		assert_true(list[i] > list[i - 1]);
		is_listed |= list[i] == sleeper.tid;
	}
	assert_true(is_listed);
	free(list);
	sem_post(&sleeper.wake);
	pthread_join(other, NULL);
	/* There is no process 0. */
	assert_null(kernel_thread_list(0, &count));
	assert_int_equal(count, 0);
}

static void describe_other_until(const char *expected, int pid, int tid)
{
	char text[96] = "";

	while (strcmp(text, expected) != 0)
		kernel_thread_describe(text, sizeof(text), pid, tid);
}

static void describe_until(const char *expected, int tid)
{
	describe_other_until(expected, (int)getpid(), tid);
}

/* Each line of /proc is read again until the thread has got there. */
static void test_own_threads(void **state)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sleeper sleeper = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	char expected[96], text[96];
	pthread_t thread;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(kernel_thread_only((int)getpid()), getpid());
	sem_init(&sleeper.ready, 0, 0);
	sem_init(&sleeper.wake, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_semaphore, &sleeper), 0);
	sem_wait(&sleeper.ready);
	assert_int_equal(kernel_thread_only((int)getpid()), 0);
	describe_until("sleeps in futex (FUTEX_WAIT)", sleeper.tid);
	sem_post(&sleeper.wake);
	pthread_join(thread, NULL);
	describe_until("has ended", sleeper.tid);

	assert_int_equal(epoll_ctl(sleeper.epoll, EPOLL_CTL_ADD, pipes[0], &event), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_event, &sleeper), 0);
	sem_wait(&sleeper.ready);
#ifdef SYS_epoll_wait
	snprintf(expected, sizeof(expected), "sleeps in epoll_wait on descriptor %d",
		 sleeper.epoll);
#else
	snprintf(expected, sizeof(expected), "sleeps in epoll_pwait on descriptor %d",
		 sleeper.epoll);
#endif
	describe_until(expected, sleeper.tid);
	assert_int_equal(write(pipes[1], "", 1), 1);
	pthread_join(thread, NULL);
	kernel_thread_describe(text, sizeof(text), (int)getpid(), (int)syscall(SYS_gettid));
	assert_string_equal(text, "runs");
	close(sleeper.epoll);
	close(pipes[0]);
	close(pipes[1]);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

/* Not inlined, and no tail call: it is a frame of its own. */
static __attribute__((noinline)) int take_lock(void)
{
	int result = pthread_mutex_lock(&held);

	pthread_mutex_unlock(&held);
	return result;
}

static void *take_lock_in_thread(void *context)
{
	struct sleeper *sleeper = context;

	sleeper->tid = (int)syscall(SYS_gettid);
	sem_post(&sleeper->ready);
	take_lock();
	return NULL;
}

static bool is_in(const uint64_t *pc, size_t count, const void *function)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (pc[i] - (uintptr_t)function < 256)
			return true;
	return false;
}

static void test_stack_of_a_sleeping_thread(void **state)
{
	struct sleeper sleeper = { 0 };
	uint64_t pc[32];
	pthread_t thread;
	size_t count;

	(void)state;
	sem_init(&sleeper.ready, 0, 0);
	pthread_mutex_lock(&held);
	assert_int_equal(pthread_create(&thread, NULL, take_lock_in_thread, &sleeper), 0);
	sem_wait(&sleeper.ready);
	describe_until("sleeps in futex (FUTEX_WAIT)", sleeper.tid);
	count = kernel_stack_read(pc, 32, (int)getpid(), sleeper.tid);
	assert_true(is_in(pc, count, (const void *)take_lock));
	/* Where there is no room, the innermost ones are given. */
	assert_int_equal(kernel_stack_read(pc, 1, (int)getpid(), sleeper.tid), 1);
	assert_int_equal(kernel_thread_lock_holder((int)getpid(), sleeper.tid),
			 syscall(SYS_gettid));
	pthread_mutex_unlock(&held);
	pthread_join(thread, NULL);
	assert_int_equal(kernel_stack_read(pc, 32, (int)getpid(), sleeper.tid), 0);
	/* Who has ended, or runs, waits for nobody. */
	assert_int_equal(kernel_thread_lock_holder((int)getpid(), sleeper.tid), 0);
	assert_int_equal(kernel_thread_lock_holder((int)getpid(), (int)getpid()), 0);
	/* This thread runs. */
	assert_int_equal(kernel_stack_read(pc, 32, (int)getpid(), (int)getpid()), 0);
}

/* Who locks a mutex twice waits for itself. */
static void test_lock_that_is_its_own(void **state)
{
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		pthread_mutex_lock(&held);
		take_lock();
		_exit(1);
	}
	describe_other_until("sleeps in futex (FUTEX_WAIT)", child, child);
	assert_int_equal(kernel_thread_lock_holder(child, child), child);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: TSan keeps a thread of its own once there was another. */
		cmocka_unit_test(test_own_threads),
		cmocka_unit_test(test_phrases),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_list_and_names),
		cmocka_unit_test(test_stack_of_a_sleeping_thread),
		cmocka_unit_test(test_lock_that_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
