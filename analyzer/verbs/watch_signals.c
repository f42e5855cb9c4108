/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/watch_signals.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

int watch_signals_take(sigset_t *before)
{
	static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
	sigset_t signals;
	size_t i;

	sigemptyset(&signals);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct sigaction action;

		/*
		 * nohup: an ignored signal stays ignored. But a script's shell ignores SIGINT for
		 * what it starts by `&`, and no other request to end is as usual.
		 */
		sigaction(taken[i], NULL, &action);
		if (action.sa_handler != SIG_IGN || taken[i] == SIGINT)
			sigaddset(&signals, taken[i]);
	}
	sigprocmask(SIG_BLOCK, &signals, before);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

void watch_signals_release(int signals, int pending, const sigset_t *before)
{
	close(signals);
	if (pending) {
		signal(pending, SIG_DFL);
		raise(pending);
	}
	sigprocmask(SIG_SETMASK, before, NULL);
}
