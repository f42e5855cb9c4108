/* SPDX-License-Identifier: MIT */
/* Who waits in poll(), of all threads: one that leaves the call without returning from it waits no
 * more. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "own_recording.h"

/* What takes a moment has failed after so long. */
#define PATIENCE_S 10

static struct thread {
	pthread_t handle;
	int32_t id;
	struct connection waits_for; /* nothing ever comes on it */
	struct connection other;
	int release[2]; /* the thread ends with it */
	sigjmp_buf before;
} thread;

static int32_t own_id(void)
{
	return (int32_t)syscall(SYS_gettid);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void wait_in_poll(int fd)
{
	struct pollfd waited = { .fd = fd, .events = POLLIN };

	poll(&waited, 1, -1);
}

static void *wait_for_good(void *unused)
{
	__atomic_store_n(&thread.id, own_id(), __ATOMIC_RELEASE);
	wait_in_poll(thread.waits_for.ours);
	return unused;
}

static void leave(int number)
{
	(void)number;
	siglongjmp(thread.before, 1);
}

/* Leaves poll() for good, closes what it had, and goes on without polling. */
static void *wait_until_signalled(void *unused)
{
	char byte;

	__atomic_store_n(&thread.id, own_id(), __ATOMIC_RELEASE);
	if (sigsetjmp(thread.before, 1) == 0)
		wait_in_poll(thread.waits_for.ours);
	close(thread.other.ours);
	assert_int_equal(read(thread.release[0], &byte, 1), 0);
	return unused;
}

static bool waits_by_recording(int32_t id)
{
	const volatile struct recorded_poller *row = &own_recording()->polled;

	return row->waits && row->thread == id;
}

/* Does ID wait in the kernel, too? Bare this is all that shows it. */
static bool is_in_poll(int32_t id)
{
	char path[64], text[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)id);
	file = fopen(path, "re");
	if (!file)
		return true;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return atoi(text) == SYS_poll;
}

static void start(void *(*run)(void *))
{
	uint64_t start_ns = now_ns();

	thread.id = 0;
	thread.waits_for = connected();
	thread.other = connected();
	assert_int_equal(pipe(thread.release), 0);
	assert_int_equal(pthread_create(&thread.handle, NULL, run, NULL), 0);
	while (!__atomic_load_n(&thread.id, __ATOMIC_ACQUIRE) || !is_in_poll(thread.id) ||
	       (is_recorded() && !waits_by_recording(thread.id)))
		assert_true(now_ns() - start_ns < PATIENCE_S * 1000000000ull);
}

static void finish(void)
{
	close(thread.release[1]);
	assert_int_equal(pthread_join(thread.handle, NULL), 0);
	close(thread.release[0]);
	disconnect(&thread.waits_for);
	disconnect(&thread.other);
}

static void poll_once(void)
{
	struct pollfd waited = { .fd = STDERR_FILENO, .events = POLLPRI };

	assert_true(poll(&waited, 1, 1) >= 0);
}

/* This thread's loop is noted again, soon. */
static void expect_own_loop(void)
{
	const volatile struct recorded_poller *row;
	uint64_t start_ns = now_ns();

	poll_once();
	if (!is_recorded())
		return;
	for (row = &own_recording()->polled; row->thread != own_id(); poll_once())
		assert_true(now_ns() - start_ns < PATIENCE_S * 1000000000ull);
	poll_once();
	assert_false(row->waits);
}

static void cancelled_thread_waits_no_more(void **state)
{
	(void)state;
	start(wait_for_good);
	assert_int_equal(pthread_cancel(thread.handle), 0);
	finish();
	expect_own_loop();
}

static void thread_that_jumped_out_waits_no_more(void **state)
{
	uint64_t start_ns = now_ns();

	(void)state;
	start(wait_until_signalled);
	pthread_kill(thread.handle, SIGUSR1);
	while (is_in_poll(thread.id))
		assert_true(now_ns() - start_ns < PATIENCE_S * 1000000000ull);
	expect_own_loop();
	finish();
}

/* However long it waits, and whoever polls meanwhile. */
static void thread_that_waits_is_kept(void **state)
{
	uint64_t start_ns;

	(void)state;
	start(wait_until_signalled);
	for (start_ns = now_ns(); now_ns() - start_ns < 2500000000u;)
		poll_once();
	if (is_recorded())
		assert_true(waits_by_recording(thread.id));
	pthread_kill(thread.handle, SIGUSR1);
	finish();
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = leave };

	sigaction(SIGUSR1, &action, NULL);
	add_test("cancelled_thread_waits_no_more", cancelled_thread_waits_no_more);
	add_test("thread_that_jumped_out_waits_no_more", thread_that_jumped_out_waits_no_more);
	add_test("thread_that_waits_is_kept", thread_that_waits_is_kept);
	return run_call_tests(argc, argv, "interposed.polling");
}
