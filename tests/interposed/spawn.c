/* SPDX-License-Identifier: MIT */
/* Children that become another program: calls/process.c, and vfork(). */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

static char *const true_arguments[] = { (char *)(uintptr_t) "true", NULL };

static pid_t by_posix_spawn(void)
{
	pid_t child;

	assert_int_equal(posix_spawn(&child, "/bin/true", NULL, NULL, true_arguments, environ), 0);
	return wait_for_child(child) == 0 ? child : -1;
}

static pid_t by_posix_spawnp(void)
{
	pid_t child;

	assert_int_equal(posix_spawnp(&child, "true", NULL, NULL, true_arguments, environ), 0);
	return wait_for_child(child) == 0 ? child : -1;
}

static pid_t by_posix_spawn_without_a_pid(void)
{
	assert_int_equal(posix_spawn(NULL, "/bin/true", NULL, NULL, true_arguments, environ), 0);
	assert_int_equal(wait_for_any_child(), 0);
	return reaped_pid();
}

static pid_t by_system(void)
{
	return system("exit 0") == 0 ? 0 : -1;
}

static pid_t by_popen(void)
{
	FILE *stream = popen("exit 0", "r");

	return stream && pclose(stream) == 0 ? 0 : -1;
}

static const struct spawning {
	const char *call, *name;
	pid_t (*spawn)(void);
	enum recorded_birth_kind kind;
} spawnings[] = {
	{ "posix_spawn", "child_of_*_is_noted", by_posix_spawn, BIRTH_SPAWN },
	{ "posix_spawn", "child_of_*_without_a_pid_is_noted", by_posix_spawn_without_a_pid,
	  BIRTH_SPAWN },
	{ "posix_spawnp", "child_of_*_is_noted", by_posix_spawnp, BIRTH_SPAWN },
	{ "system", "child_of_*_is_noted", by_system, BIRTH_SHELL },
	{ "popen", "child_of_*_is_noted", by_popen, BIRTH_SHELL },
};

static void birth_is_noted(void **state)
{
	const struct spawning *spawning = *state;
	struct connection connection = connected();
	pid_t child = spawning->spawn();

	assert_true(child >= 0);
	if (is_recorded()) {
		const struct recorded_birth *birth = birth_in((const void *)spawning->spawn);

		assert_non_null(birth);
		assert_int_equal(birth->kind, spawning->kind);
		assert_int_equal(birth->pid, child);
	}
	expect_no_end(connection.ours);
	disconnect(&connection);
}

#define STACK_SIZE 65536

static int closes_and_ends(void *descriptor)
{
	close(*(int *)descriptor);
	_exit(0);
}

/* A helper as sandboxes have it: our memory, its own descriptors, no exec. */
static void helper_closes_its_own(const struct connection *connection, char *stack, int flags,
				  void *storage)
{
	int descriptor = connection->ours, status;
	pid_t child =
		clone(closes_and_ends, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD | flags,
		      &descriptor, NULL, storage, NULL);

	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	expect_no_end(connection->ours);
	if (is_recorded())
		assert_int_equal(own_recording()->end, END_NONE);
}

static void clone_with_a_stack_of_its_own_writes_nothing(void **state)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	struct connection connection = connected();

	(void)state;
	helper_closes_its_own(&connection, stack, 0, NULL);
	disconnect(&connection);
}

static void clone_on_our_stack_writes_nothing(void **state)
{
	char stack[STACK_SIZE] __attribute__((aligned(16)));
	struct connection connection = connected();

	(void)state;
	helper_closes_its_own(&connection, stack, 0, NULL);
	disconnect(&connection);
}

/* Chromium's sandbox: thread-local storage of zeros. */
static void clone_on_storage_of_zeros_writes_nothing(void **state)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	static char storage[STACK_SIZE] __attribute__((aligned(64)));
	struct connection connection = connected();

	(void)state;
	helper_closes_its_own(&connection, stack, CLONE_SETTLS, storage + STACK_SIZE / 2);
	disconnect(&connection);
}

static char *const shell_arguments[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
					 (char *)(uintptr_t) ":", NULL };

/* The pid of a child by vfork() that runs PATH, a program of success, with ENVIRONMENT. */
static pid_t by_vfork_with(const char *path, char *const *arguments, char *const *environment)
{
	pid_t child = vfork();

	if (child == 0) {
		execve(path, arguments, environment);
		_exit(1);
	}
	return wait_for_child(child) == 0 ? child : -1;
}

static void child_of_vfork_is_noted(void **state)
{
	struct connection connection = connected();
	pid_t child = by_vfork_with("/bin/true", true_arguments, environ);

	(void)state;
	assert_true(child > 0);
	if (is_recorded()) {
		const struct recorded_birth *birth = birth_in((const void *)by_vfork_with);

		assert_non_null(birth);
		assert_int_equal(birth->kind, BIRTH_SPAWN);
		assert_int_equal(birth->pid, child);
		assert_false(own_recording()->blind & BLIND_EXEC_UNSEEN);
	}
	expect_no_end(connection.ours);
	disconnect(&connection);
}

static void failed_vfork_exec_is_no_blind_spot(void **state)
{
	char *const no_recorder[] = { NULL };
	pid_t child = vfork();

	(void)state;
	if (child == 0) {
		execve("/nowhere/none", true_arguments, no_recorder);
		_exit(0);
	}
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded())
		assert_false(own_recording()->blind & BLIND_EXEC_UNSEEN);
}

/* By its imports `true` can open no socket, while a shell can start whatever does. */
static void program_without_sockets_is_no_blind_spot(void **state)
{
	char *const no_recorder[] = { NULL };
	pid_t child;

	(void)state;
	assert_true(by_vfork_with("/bin/true", true_arguments, no_recorder) > 0);
	assert_int_equal(posix_spawn(&child, "/bin/true", NULL, NULL, true_arguments, no_recorder),
			 0);
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded()) {
		assert_false(own_recording()->blind & BLIND_EXEC_UNSEEN);
		assert_int_equal(own_recording()->unseen_count, 0);
	}
}

/* The last test: what it leaves in the recording stays there. */
static void vfork_exec_without_recorder_is_a_blind_spot(void **state)
{
	char *const no_recorder[] = { NULL };
	pid_t first = by_vfork_with("/bin/sh", shell_arguments, no_recorder), second;

	(void)state;
	assert_true(first > 0);
	assert_int_equal(posix_spawn(&second, "/bin/sh", NULL, NULL, shell_arguments, no_recorder),
			 0);
	assert_int_equal(wait_for_child(second), 0);
	if (is_recorded()) {
		assert_true(own_recording()->blind & BLIND_EXEC_UNSEEN);
		assert_int_equal(own_recording()->unseen_count, 2);
		assert_int_equal(own_recording()->unseen_pids[0], first);
		assert_int_equal(own_recording()->unseen_pids[1], second);
	}
}

static void failed_spawn_is_no_birth(void **state)
{
	struct connection connection = connected();
	pid_t child;

	(void)state;
	assert_int_equal(posix_spawn(&child, "/nowhere/none", NULL, NULL, true_arguments, environ),
			 ENOENT);
	if (is_recorded())
		assert_null(birth_in((const void *)failed_spawn_is_no_birth));
	disconnect(&connection);
}

static void vfork_child_writes_nothing(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();
	pid_t child;

	(void)state;
	child = vfork();
	if (child == 0) {
		close(connection.ours);
		_exit(0);
	}
	assert_int_equal(wait_for_child(child), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	if (is_recorded()) {
		assert_int_equal(own_recording()->end, END_NONE);
		assert_null(recording_of(child, 0));
	}
	disconnect(&connection);
}

static void vfork_child_may_exec(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();
	pid_t child;

	(void)state;
	child = vfork();
	if (child == 0) {
		execv("/bin/true", true_arguments);
		_exit(1);
	}
	assert_int_equal(wait_for_child(child), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);

		assert_int_equal(own_recording()->end, END_NONE);
		assert_non_null(its);
		assert_int_equal(its->origin, ORIGIN_EXEC);
		assert_non_null(row_in(its, connection.ours));
		assert_int_equal(row_in(its, connection.ours)->source, SOURCE_EXEC);
	}
	disconnect(&connection);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(spawnings); i++)
		add_call_test(spawnings[i].call, birth_is_noted, &spawnings[i], spawnings[i].name);
	add_test("failed_spawn_is_no_birth", failed_spawn_is_no_birth);
	add_call_test("vfork", vfork_child_writes_nothing, NULL, "child_of_*_writes_nothing");
	add_call_test("clone", clone_with_a_stack_of_its_own_writes_nothing, NULL,
		      "child_of_*_with_a_stack_of_its_own_writes_nothing");
	add_call_test("clone", clone_on_our_stack_writes_nothing, NULL,
		      "child_of_*_on_our_stack_writes_nothing");
	add_call_test("clone", clone_on_storage_of_zeros_writes_nothing, NULL,
		      "child_of_*_on_storage_of_zeros_writes_nothing");
	add_call_test("vfork", vfork_child_may_exec, NULL, "child_of_*_may_exec");
	add_call_test("vfork", child_of_vfork_is_noted, NULL, "child_of_*_is_noted");
	add_call_test("vfork", failed_vfork_exec_is_no_blind_spot, NULL,
		      "failed_exec_after_*_is_no_blind_spot");
	add_call_test("vfork", program_without_sockets_is_no_blind_spot, NULL,
		      "program_without_sockets_after_*_is_no_blind_spot");
	add_call_test("vfork", vfork_exec_without_recorder_is_a_blind_spot, NULL,
		      "exec_without_recorder_after_*_is_a_blind_spot");
	return run_call_tests(argc, argv, "interposed.spawn");
}
