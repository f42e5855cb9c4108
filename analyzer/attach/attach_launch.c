/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/launch/launch_relay.h"
#include "analyzer/launch/preflight.h"

/* Waits to be recorded, then becomes the program. */
static _Noreturn void become(char *const *argv, int go, int report,
			     const struct launch_relay *relay)
{
	char byte;
	int error;

	if (read(go, &byte, 1) != 1)
		_exit(EXIT_NOT_JUDGED);
	launch_relay_leave(relay);
	execvp(argv[0], argv);
	error = errno;
	/* For the parent. If it fails, nothing can be done here. */
	if (write(report, &error, sizeof(error)) < 0)
		_exit(EXIT_CANNOT_EXECUTE);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

/* Starts ARGV and records it. Returns its pid; or -1, with *status and a line on stderr. */
static pid_t start(struct attach_loop *loop, char *const *argv, const struct launch_relay *relay,
		   int *status)
{
	struct preflight found = { .executable = "" };
	int go[2], report[2], error;
	char reason[PATH_MAX * 2];
	pid_t child;

	/* What keeps it from being executed is found when it is. */
	preflight_check(argv[0], &found, reason, sizeof(reason));
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
		become(argv, go[0], report[1], relay);
	close(go[0]);
	close(report[1]);
	error = child < 0 ? errno : 0;
	if (child > 0 && !attach_session_follow(loop->session, child, found.executable))
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

static int status_of(int status, struct attach_launched *launched)
{
	launched->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return launched->signal ? 128 + launched->signal : WEXITSTATUS(status);
}

/* Until there are signals, SIGCHLD among them, or no process is recorded any more. */
static void wait_for_news(struct attach_loop *loop, int signals)
{
	struct pollfd waited = { .fd = signals, .events = POLLIN };

	if (attach_session_running(loop->session))
		attach_loop_run(loop, UINT64_MAX, signals);
	else
		poll(&waited, 1, -1);
}

int attach_launch(struct attach_loop *loop, char *const *argv, bool wait_for_all,
		  struct attach_launched *launched)
{
	struct launch_relay relay;
	struct relayed *relayed;
	int status;
	pid_t child;

	*launched = (struct attach_launched){ .started = false };
	if (!launch_relay_begin(&relay)) {
		fprintf(stderr, "finleak: signals cannot be forwarded to %s: %s\n", argv[0],
			strerror(errno));
		attach_loop_finish(loop);
		return EXIT_NOT_JUDGED;
	}
	child = start(loop, argv, &relay, &status);
	launched->started = child > 0;
	if (launched->started) {
		relayed = launch_relay_follow(&relay, child);
		do
			wait_for_news(loop, relay.signals);
		while (launch_relay_take(relayed));
		status = status_of(launch_relay_unfollow(relayed), launched);
	}
	while (launched->started && wait_for_all && attach_session_running(loop->session))
		if (attach_loop_run(loop, UINT64_MAX, relay.signals) &&
		    launch_relay_asked_to_end(&relay))
			break;
	attach_loop_finish(loop);
	launch_relay_end(&relay);
	return status;
}
