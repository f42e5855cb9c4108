/* SPDX-License-Identifier: MIT */
/* A program that becomes another one: calls/process.c. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

/* What the successor does: end by returning from main() with 3. */
static char *const arguments[] = { (char *)(uintptr_t) "successor",
				   (char *)(uintptr_t) "--successor", NULL };
static char own_path[4096];
static char own_folder_first[4200]; /* PATH where execvp() finds this program */

static void by_execl(const char *path)
{
	execl(path, "successor", "--successor", NULL);
}

static void by_execle(const char *path)
{
	execle(path, "successor", "--successor", NULL, environ);
}

static void by_execlp(const char *path)
{
	execlp(strrchr(path, '/') + 1, "successor", "--successor", NULL);
}

static void by_execv(const char *path)
{
	execv(path, arguments);
}

static void by_execve(const char *path)
{
	execve(path, arguments, environ);
}

static void by_execvp(const char *path)
{
	execvp(strrchr(path, '/') + 1, arguments);
}

static void by_execvpe(const char *path)
{
	execvpe(strrchr(path, '/') + 1, arguments, environ);
}

static void by_execveat(const char *path)
{
	execveat(AT_FDCWD, path, arguments, environ, 0);
}

static void by_fexecve(const char *path)
{
	fexecve(open(path, O_RDONLY | O_CLOEXEC), arguments, environ);
}

static void by_syscall_execve(const char *path)
{
	syscall(SYS_execve, path, arguments, environ);
}

static void by_syscall_execveat(const char *path)
{
	syscall(SYS_execveat, AT_FDCWD, path, arguments, environ, 0);
}

static const struct way {
	const char *call;
	void (*exec)(const char *path);
} ways[] = {
	{ "execl", by_execl },
	{ "execle", by_execle },
	{ "execlp", by_execlp },
	{ "execv", by_execv },
	{ "execve", by_execve },
	{ "execvp", by_execvp },
	{ "execvpe", by_execvpe },
	{ "execveat", by_execveat },
	{ "fexecve", by_fexecve },
	{ "syscall execve", by_syscall_execve },
	{ "syscall execveat", by_syscall_execveat },
};

static void successor_adopts_the_sockets(void **state)
{
	const struct way *way = *state;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = half_closed();

		if (is_recorded())
			report_row(connection.ours);
		way->exec(own_path);
		_exit(1);
	}
	assert_int_equal(wait_for_child(child), 3);
	if (is_recorded()) {
		const struct recording_header *first = recording_of(child, 0);
		const struct recording_header *second = recording_of(child, 1);
		const struct recorded_socket *row;
		int fd = reported()->first_fd;

		assert_non_null(first);
		assert_non_null(second);
		assert_int_equal(first->end, END_EXEC);
		assert_true(first->end_ns != 0);
		assert_true(first->last_sample_ns != 0);
		assert_true(stack_begins_in(first, first->end_stack, (const void *)way->exec));
		row = row_in(first, fd);
		assert_non_null(row);
		assert_int_equal(row->source, SOURCE_SOCKET);
		assert_int_equal(row->tcp_state, TCP_CLOSE_WAIT);

		assert_int_equal(second->origin, ORIGIN_EXEC);
		row = row_in(second, fd);
		assert_non_null(row);
		assert_int_equal(row->source, SOURCE_EXEC);
		assert_int_equal(row->cookie, reported()->cookie);
		assert_int_equal(row->kind, KIND_TCP);
		assert_int_equal(row->role, ROLE_CONNECTED);
		/* It returned from main(). */
		assert_int_equal(second->end, END_EXIT);
		assert_int_equal(row->tcp_state, TCP_CLOSE_WAIT);
	}
}

/* A program that goes on after exec failed has not ended. */
static void failure_ends_nothing(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();

	errno = 0;
	way->exec("/nowhere/none");
	assert_true(errno == ENOENT || (errno == EBADF && strcmp(way->call, "fexecve") == 0) ||
		    (errno == EINVAL && strcmp(way->call, "fexecve") == 0));
	if (is_recorded()) {
		assert_int_equal(own_recording()->end, END_NONE);
		assert_int_equal(own_recording()->end_ns, 0);
		assert_int_equal(own_recording()->end_stack, 0);
	}
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

/* Sockets marked close-on-exec end with the old program. */
static void close_on_exec_is_seen_by_the_successor(void **state)
{
	pid_t child;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = connected();

		if (is_recorded())
			report_row(connection.ours);
		fcntl(connection.ours, F_SETFD, FD_CLOEXEC);
		by_execv(own_path);
		_exit(1);
	}
	assert_int_equal(wait_for_child(child), 3);
	if (is_recorded()) {
		assert_non_null(recording_of(child, 1));
		assert_null(row_in(recording_of(child, 1), reported()->first_fd));
	}
}

/* An environment without the recorder: the recording shows that nobody watches any more. */
static void exec_that_drops_the_recorder_is_reported(void **state)
{
	char *const none[] = { NULL };
	pid_t child;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = connected();

		if (is_recorded())
			report_row(connection.ours);
		execve(own_path, arguments, none);
		_exit(1);
	}
	assert_int_equal(wait_for_child(child), 3);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);

		assert_non_null(its);
		assert_int_equal(its->end, END_EXEC_UNSEEN);
		assert_true(its->blind & BLIND_EXEC_UNSEEN);
		assert_null(recording_of(child, 1));
	}
}

/* Where this program lies, and a PATH that leads there. */
static bool find_own_path(void)
{
	ssize_t length = readlink("/proc/self/exe", own_path, sizeof(own_path) - 1);

	if (length <= 0)
		return false;
	own_path[length] = '\0';
	snprintf(own_folder_first, sizeof(own_folder_first), "%.*s:/bin:/usr/bin",
		 (int)(strrchr(own_path, '/') - own_path), own_path);
	return setenv("PATH", own_folder_first, 1) == 0;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && strcmp(argv[1], "--successor") == 0)
		return 3;
	children_start();
	if (!find_own_path())
		return 1;
	for (i = 0; i < COUNT_OF(ways); i++) {
		add_call_test(ways[i].call, successor_adopts_the_sockets, &ways[i],
			      "successor_by_*_adopts_the_sockets");
		add_call_test(ways[i].call, failure_ends_nothing, &ways[i],
			      "failure_of_*_ends_nothing");
	}
	add_test("close_on_exec_is_seen_by_the_successor", close_on_exec_is_seen_by_the_successor);
	add_test("exec_that_drops_the_recorder_is_reported",
		 exec_that_drops_the_recorder_is_reported);
	return run_call_tests(argc, argv, "interposed.exec");
}
