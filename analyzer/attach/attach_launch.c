/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/exit_status.h"

/* Waits to be recorded, then becomes the program. */
static _Noreturn void become(char *const *argv, int go, int report, const sigset_t *mask)
{
	char byte;
	int error;

	if (read(go, &byte, 1) != 1)
		_exit(EXIT_NOT_JUDGED);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	error = errno;
	/* For the parent. If it fails, nothing can be done here. */
	if (write(report, &error, sizeof(error)) < 0)
		_exit(EXIT_CANNOT_EXECUTE);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

/* Starts ARGV and records it. Returns its pid; or -1, with *status and a line on stderr. */
static pid_t start(struct attach_loop *loop, char *const *argv, const sigset_t *mask, int *status)
{
	int go[2], report[2], error;
	pid_t child;

	*status = EXIT_NOT_JUDGED;
	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(report, O_CLOEXEC) < 0) {
		close(go[0]);
		close(go[1]);
		return -1;
	}
	child = fork();
	if (child == 0)
		become(argv, go[0], report[1], mask);
	close(go[0]);
	close(report[1]);
	error = child < 0 ? errno : 0;
	if (child > 0 && !attach_session_follow(loop->session, child))
		error = errno;
	else if (child > 0 && write(go[1], "", 1) == 1 &&
		 read(report[0], &error, sizeof(error)) == (ssize_t)sizeof(error))
		*status = error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
	close(go[1]);
	close(report[0]);
	if (!error)
		return child;
	fprintf(stderr, "finleak: %s: cannot be %s: %s\n", argv[0],
		*status == EXIT_NOT_JUDGED ? "started" : "executed", strerror(error));
	if (child > 0)
		waitpid(child, NULL, 0);
	return -1;
}

/* A signal that a terminal sends goes to the program, too: only others are handed on. */
static void hand_on(int signals, pid_t child)
{
	struct signalfd_siginfo signal;

	while (read(signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal))
		if (signal.ssi_signo != SIGCHLD && signal.ssi_code <= 0)
			kill(child, (int)signal.ssi_signo);
}

static int take_signals(sigset_t *before)
{
	static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD };
	sigset_t signals;
	size_t i;

	sigemptyset(&signals);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&signals, taken[i]);
	sigprocmask(SIG_BLOCK, &signals, before);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int status_of(int status, struct attach_launched *launched)
{
	launched->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return launched->signal ? 128 + launched->signal : WEXITSTATUS(status);
}

int attach_launch(struct attach_loop *loop, char *const *argv, bool wait_for_all,
		  struct attach_launched *launched)
{
	sigset_t before;
	int signals = take_signals(&before), status;
	pid_t child, ended = 0;

	*launched = (struct attach_launched){ .started = false };
	child = start(loop, argv, &before, &status);
	launched->started = child > 0;
	while (child > 0 && ended != child) {
		/* Its end is a signal; where no process is recorded any more, it is to come. */
		if (attach_loop_run(loop, UINT64_MAX, signals))
			hand_on(signals, child);
		ended = waitpid(child, &status,
				attach_session_running(loop->session) ? WNOHANG : 0);
		if (ended < 0 && errno != EINTR)
			break;
	}
	if (launched->started)
		status = status_of(status, launched);
	while (launched->started && wait_for_all && attach_session_running(loop->session))
		if (attach_loop_run(loop, UINT64_MAX, signals))
			break;
	attach_loop_finish(loop);
	close(signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
