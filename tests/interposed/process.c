/* SPDX-License-Identifier: MIT */
/*
 * Forked children and ends of processes: calls/process.c. Children that become other programs:
 * spawn.c; what exec leaves behind: exec.c.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

/* Longer than RECORDED_STUCK_NS. */
#define STUCK_MS 20

static pid_t by_fork(void)
{
	return fork();
}

static pid_t by__Fork(void)
{
	return _Fork();
}

static const struct forking {
	const char *call;
	pid_t (*fork)(void);
} forkings[] = {
	{ "fork", by_fork },
	{ "_Fork", by__Fork },
};

/* A child inherits a connection: it has a recording of its own that shows where it came from. */
static void child_has_its_own_recording(void **state)
{
	const struct forking *forking = *state;
	struct connection connection = half_closed();
	struct counts before = counts_now();
	char got;
	pid_t child;

	assert_int_equal(read(connection.ours, &got, 1), 0);
	fflush(NULL);
	child = forking->fork();
	if (child == 0) {
		if (is_recorded())
			report_row(connection.ours);
		_exit(0);
	}
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);
		const struct recorded_socket *row;

		assert_non_null(its);
		assert_int_equal(its->origin, ORIGIN_FORK);
		assert_int_equal(its->pid, child);
		assert_int_equal(its->parent_pid, getpid());
		assert_true(stack_passes(its, its->birth_stack, (const void *)forking->fork));
		assert_int_equal(its->end, END_EXIT);
		row = row_in(its, connection.ours);
		assert_non_null(row);
		assert_int_equal(row->source, SOURCE_FORK);
		assert_int_equal(row->cookie, row_of(connection.ours)->cookie);
		assert_true(stack_begins_in(its, row->opened_stack, (const void *)connect_over));
		assert_int_equal(row->eof_ns, row_of(connection.ours)->eof_ns);
		assert_int_equal(counts_now().heirs, before.heirs + 1);
		/* The child saw the same row while it lived. */
		assert_int_equal(reported()->source, SOURCE_FORK);
		/* And the parent's own is as it was. */
		assert_int_equal(row_of(connection.ours)->source, SOURCE_SOCKET);
	}
	disconnect(&connection);
}

static void child_without_sockets_has_no_recording(void **state)
{
	const struct forking *forking = *state;
	struct counts before = counts_now();
	pid_t child;

	fflush(NULL);
	child = forking->fork();
	if (child == 0)
		_exit(0);
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded())
		assert_null(recording_of(child, 0));
	expect_same_counts(&before);
}

static void close_in_a_child_leaves_the_parent_alone(void **state)
{
	const struct forking *forking = *state;
	struct connection connection = connected();
	struct counts before = counts_now();
	pid_t child;

	fflush(NULL);
	child = forking->fork();
	if (child == 0) {
		close(connection.ours);
		_exit(is_recorded() && row_of(connection.ours) ? 1 : 0);
	}
	assert_int_equal(wait_for_child(child), 0);
	expect_no_end(connection.ours);
	if (is_recorded()) {
		assert_int_equal(counts_now().closed, before.closed);
		assert_null(row_in(recording_of(child, 0), connection.ours));
		assert_non_null(row_in(recording_of(child, 0), connection.theirs));
	}
	disconnect(&connection);
}

static void by__exit(void)
{
	_exit(7);
}

static void by__Exit(void)
{
	_Exit(7);
}

static void by_quick_exit(void)
{
	quick_exit(7);
}

static void by_syscall_exit_group(void)
{
	syscall(SYS_exit_group, 7);
}

static void by_exit(void)
{
	exit(7);
}

static const struct ending {
	const char *call;
	void (*end)(void);
} endings[] = {
	{ "_exit", by__exit },
	{ "_Exit", by__Exit },
	{ "quick_exit", by_quick_exit },
	{ "syscall exit_group", by_syscall_exit_group },
	{ "exit", by_exit },
};

/* Those that run handlers: what they close is closed by the end. */
static const struct ending endings_with_handlers[] = {
	{ "exit", by_exit },
	{ "quick_exit", by_quick_exit },
};

/* The kernel is asked for each open socket before the process ends. */
static void end_is_noted(void **state)
{
	const struct ending *ending = *state;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = half_closed();
		char got;

		if (read(connection.ours, &got, 1) != 0)
			_exit(1);
		if (is_recorded())
			report_row(connection.ours);
		ending->end();
	}
	assert_int_equal(wait_for_child(child), 7);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);
		const struct recorded_socket *row;

		assert_non_null(its);
		assert_int_equal(its->end, END_EXIT);
		assert_true(its->end_ns != 0);
		assert_true(its->last_sample_ns != 0);
		row = row_in(its, reported()->first_fd);
		assert_non_null(row);
		assert_int_equal(row->tcp_state, TCP_CLOSE_WAIT);
		assert_true(row->sampled_ns != 0);
		assert_int_equal(row->local.family, AF_INET);
		assert_int_not_equal(row->local.port, 0);
	}
}

static void end_with_handlers_is_noted_before_them(void **state)
{
	const struct ending *ending = *state;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = connected();

		if (connection.ours < 0)
			_exit(1);
		ending->end();
	}
	assert_int_equal(wait_for_child(child), 7);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);

		assert_non_null(its);
		assert_true(its->exiting_ns >= its->start_ns);
		assert_true(its->exiting_ns <= its->end_ns);
	}
}

/* What was finished for long is closed last: the thread has nothing else to do. */
static void end_that_winds_up_is_noted(void **state)
{
	const struct ending *ending = *state;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = half_closed(), kept = connected();
		char got;

		if (kept.ours < 0 || read(connection.ours, &got, 1) != 0)
			_exit(1);
		poll(NULL, 0, STUCK_MS);
		close(connection.ours);
		ending->end();
	}
	wait_for_child(child);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);

		assert_non_null(its);
		assert_true(its->wound_up_ns > its->start_ns);
		assert_true(its->wound_up_ns <= its->end_ns);
	}
}

static void by_abort(void)
{
	abort();
}

static void by_raise(void)
{
	raise(SIGUSR1);
}

static void by_kill(void)
{
	kill(getpid(), SIGKILL);
}

static void by_tgkill(void)
{
	tgkill(getpid(), gettid(), SIGHUP);
}

static void by_pthread_kill(void)
{
	pthread_kill(pthread_self(), SIGALRM);
}

static void by_sigqueue(void)
{
	sigqueue(getpid(), SIGTERM, (union sigval){ 0 });
}

static void by_syscall_kill(void)
{
	syscall(SYS_kill, 0, SIGRTMIN);
}

static void by_syscall_tgkill(void)
{
	syscall(SYS_tgkill, getpid(), gettid(), SIGTERM);
}

static const struct ending endings_by_signals[] = {
	{ "abort", by_abort },
	{ "raise", by_raise },
	{ "kill", by_kill },
	{ "tgkill", by_tgkill },
	{ "pthread_kill", by_pthread_kill },
	{ "sigqueue", by_sigqueue },
	{ "syscall kill", by_syscall_kill },
	{ "syscall tgkill", by_syscall_tgkill },
};

/* The kernel is asked for each open socket before the process ends by its own signal. */
static void end_by_own_signal_is_noted(void **state)
{
	const struct ending *ending = *state;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct connection connection = half_closed();

		/* kill(0) must not reach the tests. */
		setpgid(0, 0);
		prctl(PR_SET_DUMPABLE, 0);
		if (is_recorded())
			report_row(connection.ours);
		ending->end();
		_exit(1);
	}
	assert_int_equal(wait_for_child(child), -1);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);
		const struct recorded_socket *row;

		assert_non_null(its);
		assert_int_equal(its->end, END_SIGNAL);
		assert_true(its->end_ns >= its->start_ns);
		row = row_in(its, reported()->first_fd);
		assert_non_null(row);
		assert_int_equal(row->tcp_state, TCP_CLOSE_WAIT);
		assert_int_equal(row->receive_queue, 1);
	}
}

static void ignore(int number)
{
	(void)number;
}

/* Signals that end nothing, or somebody else: 0 asks, SIGCHLD is harmless, SIGUSR1 is handled. */
static void signal_that_ends_nothing_is_no_end(void **state)
{
	struct connection connection = connected();
	pid_t child;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	assert_ptr_not_equal(signal(SIGUSR1, ignore), SIG_ERR);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(raise(SIGCHLD), 0);
	assert_int_equal(kill(getpid(), 0), 0);
	errno = 0;
	assert_int_equal(kill(getpid(), NSIG + 1), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(wait_for_child(child), -1);
	assert_ptr_not_equal(signal(SIGUSR1, SIG_DFL), SIG_ERR);
	if (is_recorded())
		assert_int_equal(own_recording()->end, END_NONE);
	disconnect(&connection);
}

static int daemonize(void)
{
	return daemon(1, 1);
}

/* The middle process ends inside libc; the daemon goes on with what it inherited. */
static void daemon_takes_its_sockets_along(void **state)
{
	struct connection connection = connected();
	pid_t middle;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	fflush(NULL);
	middle = fork();
	if (middle == 0) {
		if (daemonize() < 0)
			_exit(1);
		report_pid();
		if (is_recorded())
			report_row(connection.ours);
		_exit(5);
	}
	assert_int_equal(wait_for_child(middle), 0);
	/* Orphaned, the daemon is a child of the subreaper. */
	assert_int_equal(wait_for_any_child(), 5);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(middle, 0);

		assert_non_null(its);
		assert_int_equal(its->end, END_EXIT);
		assert_non_null(row_in(its, connection.ours));
		its = recording_of(reported_pid(), 0);
		assert_non_null(its);
		assert_int_equal(its->origin, ORIGIN_FORK);
		assert_int_equal(its->end, END_EXIT);
		assert_true(stack_passes(its, its->birth_stack, (const void *)daemonize));
		assert_non_null(row_in(its, connection.ours));
		assert_int_equal(row_in(its, connection.ours)->source, SOURCE_FORK);
	}
	disconnect(&connection);
}

/* A fork by a bare system call, which no handler sees: the child must not write to our recording.
 */
static void unseen_child_leaves_the_recording_alone(void **state)
{
	struct connection connection = half_closed();
	struct counts before = counts_now();
	pid_t child;

	(void)state;
	fflush(NULL);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (child == 0) {
		char got;

		if (read(connection.ours, &got, 1) != 0)
			_exit(1);
		if (is_recorded())
			report_row(connection.ours);
		close(connection.ours);
		_exit(0);
	}
	assert_int_equal(wait_for_child(child), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);

		assert_int_equal(own_recording()->end, END_NONE);
		assert_non_null(its);
		assert_int_equal(its->origin, ORIGIN_ORPHAN);
		assert_int_equal(its->pid, child);
		assert_int_equal(its->end, END_EXIT);
		assert_int_equal(its->closed, 1);
		assert_int_equal(reported()->source, SOURCE_ADOPTED);
		assert_true(reported()->eof_ns != 0);
	}
	disconnect(&connection);
}

/* From here on this process can't fork. False: the kernel has no filters. */
static bool forbid_forks(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = COUNT_OF(filter), .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int fail_to_fork(int fd)
{
	struct counts before = counts_now();

	if (!forbid_forks())
		return 77;
	errno = 0;
	if (fork() != -1 || errno != EAGAIN)
		return 1;
	if (is_recorded() && counts_now().heirs != before.heirs)
		return 2;
	if (is_recorded() && !row_of(fd))
		return 3;
	return 0;
}

/* In a child, which can't fork any more. An heir that never was would count as a lost one. */
static void failed_fork_leaves_no_heir(void **state)
{
	struct connection connection = connected();
	pid_t child;
	int status;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(fail_to_fork(connection.ours));
	status = wait_for_child(child);
	disconnect(&connection);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

/* Kills for what the recorder would ask of the kernel. */
static struct sock_filter deadly[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 9, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 8, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockname, 7, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpeername, 6, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 5, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 3, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 2, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
};
static struct sock_fprog deadly_program = { .len = COUNT_OF(deadly), .filter = deadly };

static int confine_by_prctl(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &deadly_program);
}

static int confine_by_numbered_prctl(void)
{
	return (int)syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &deadly_program, 0, 0);
}

static int confine_by_seccomp(void)
{
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &deadly_program);
}

static const struct confinement {
	const char *call;
	int (*confine)(void);
} confinements[] = {
	{ "prctl", confine_by_prctl },
	{ "syscall prctl", confine_by_numbered_prctl },
	{ "syscall seccomp", confine_by_seccomp },
};

/* A question whether there are filters at all leaves the recording going on. */
static bool only_ask(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 && errno == EFAULT &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT;
}

static int live_confined(const struct confinement *confinement, int fd, int other)
{
	pid_t child, self = getpid();
	char got;

	signal(SIGUSR1, SIG_IGN);
	if (!only_ask() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 77;
	if (read(fd, &got, 1) != 0)
		return 1;
	if (confinement->confine() != 0)
		return 77;
	if (shutdown(other, SHUT_RDWR) != 0 || read(other, &got, 1) != 0)
		return 2;
	if (kill(self, SIGUSR1) != 0 || syscall(SYS_kill, self, SIGUSR1) != 0)
		return 5;
	child = fork();
	if (child == 0)
		_exit(close(fd));
	if (wait_for_child(child) != 0)
		return 3;
	return close(other) != 0 ? 4 : 7;
}

/* A filter may kill for any call that the program itself does not make. */
static void confined_process_is_left_alone(void **state)
{
	struct connection connection = half_closed(), other = connected();
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(live_confined(*state, connection.ours, other.ours));
	status = wait_for_child(child);
	if (is_recorded()) {
		const struct recording_header *its = recording_of(child, 0);

		assert_non_null(its);
		assert_true(row_in(its, connection.ours)->eof_ns != 0);
		if (status != 77) {
			assert_int_equal(its->end, END_CONFINED);
			assert_true(its->end_ns >= row_in(its, connection.ours)->eof_ns);
		}
	}
	disconnect(&connection);
	disconnect(&other);
	if (status == 77)
		skip();
	assert_int_equal(status, 7);
}

int main(int argc, char **argv)
{
	size_t i;

	children_start();
	for (i = 0; i < COUNT_OF(confinements); i++)
		add_call_test(confinements[i].call, confined_process_is_left_alone,
			      &confinements[i], "process_confined_by_*_is_left_alone");
	for (i = 0; i < COUNT_OF(forkings); i++) {
		const struct forking *forking = &forkings[i];

		add_call_test(forking->call, child_has_its_own_recording, forking,
			      "child_of_*_has_its_own_recording");
		add_call_test(forking->call, child_without_sockets_has_no_recording, forking,
			      "child_of_*_without_sockets_has_no_recording");
		add_call_test(forking->call, close_in_a_child_leaves_the_parent_alone, forking,
			      "close_in_a_child_of_*_leaves_the_parent_alone");
	}
	for (i = 0; i < COUNT_OF(endings); i++)
		add_call_test(endings[i].call, end_is_noted, &endings[i], "end_by_*_is_noted");
	for (i = 0; i < COUNT_OF(endings_with_handlers); i++)
		add_call_test(endings_with_handlers[i].call, end_with_handlers_is_noted_before_them,
			      &endings_with_handlers[i], "end_by_*_is_noted_before_its_handlers");
	for (i = 0; i < COUNT_OF(endings); i++)
		add_call_test(endings[i].call, end_that_winds_up_is_noted, &endings[i],
			      "end_by_*_after_winding_up_is_noted");
	for (i = 0; i < COUNT_OF(endings_by_signals); i++)
		add_call_test(endings_by_signals[i].call, end_by_own_signal_is_noted,
			      &endings_by_signals[i], "end_by_own_*_is_noted");
	add_test("signal_that_ends_nothing_is_no_end", signal_that_ends_nothing_is_no_end);
	add_call_test("daemon", daemon_takes_its_sockets_along, NULL, "*_takes_its_sockets_along");
	add_test("unseen_child_leaves_the_recording_alone",
		 unseen_child_leaves_the_recording_alone);
	add_call_test("fork", failed_fork_leaves_no_heir, NULL, "failed_*_leaves_no_heir");
	return run_call_tests(argc, argv, "interposed.process");
}
