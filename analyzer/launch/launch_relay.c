/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/launch_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/launch/signal_expected.h"

/* PROGRAM, running. */
struct relayed {
	pid_t child;
	bool child_ended;
	bool child_stopped;
	bool asked_to_stop; /* SIGTSTP came and no SIGCONT since */
	bool wait_for_all;
	struct process_watch *watch;    /* NULL: there are no recordings */
	struct launch_observe *observe; /* NULL: no samples */
	bool no_more;                   /* nothing left to wait for, or asked to stop waiting */
	int status;
};

/*
 * All signals that someone may send on purpose. Not faults, which would be our own, nor SIGTTIN and
 * SIGTTOU, which stop a background process that uses the terminal.
 */
static void relayed_signals(sigset_t *set)
{
	static const int names[] = {
		SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,   SIGWINCH,
		SIGCONT, SIGTSTP, SIGURG,  SIGIO,   SIGPWR,  SIGCHLD, SIGVTALRM,
	};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sigaddset(set, names[i]);
	for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
		sigaddset(set, signal);
}

bool launch_relay_begin(struct launch_relay *relay)
{
	/* If SIGCHLD is ignored, which is inherited, the kernel reaps PROGRAM itself. */
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t signals;
	int error;

	relayed_signals(&signals);
	sigaction(SIGCHLD, &standard, &relay->inherited_chld);
	sigprocmask(SIG_BLOCK, &signals, &relay->inherited_mask);
	relay->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (relay->signals >= 0)
		return true;
	error = errno;
	launch_relay_leave(relay);
	errno = error;
	return false;
}

void launch_relay_leave(const struct launch_relay *relay)
{
	sigaction(SIGCHLD, &relay->inherited_chld, NULL);
	sigprocmask(SIG_SETMASK, &relay->inherited_mask, NULL);
}

void launch_relay_end(struct launch_relay *relay)
{
	struct signalfd_siginfo late;

	while (read(relay->signals, &late, sizeof(late)) == (ssize_t)sizeof(late))
		;
	close(relay->signals);
	launch_relay_leave(relay);
}

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/*
 * PROGRAM has stopped, so finleak stops: then the shell that waits for finleak takes the terminal
 * back. Without a terminal, and if nobody asked us to stop, nobody would continue us, while PROGRAM
 * may be continued by its own children.
 */
static void stop_along(struct relayed *relayed)
{
	if (!relayed->asked_to_stop && !has_terminal())
		return;
	relayed->asked_to_stop = false;
	kill(getpid(), SIGSTOP);
	/* Continued, perhaps alone. */
	relayed->child_stopped = false;
	kill(relayed->child, SIGCONT);
}

static void reap(struct relayed *relayed)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(relayed->wait_for_all ? -1 : relayed->child, &status,
			      WNOHANG | WUNTRACED | WCONTINUED);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			break;
		if (pid != relayed->child)
			continue;
		if (WIFSTOPPED(status)) {
			relayed->child_stopped = true;
			stop_along(relayed);
			continue;
		}
		if (WIFCONTINUED(status)) {
			relayed->child_stopped = false;
			continue;
		}
		relayed->child_ended = true;
		relayed->status = status;
		if (!relayed->wait_for_all)
			break;
	}
	if (relayed->child_ended && (!relayed->wait_for_all || pid < 0))
		relayed->no_more = true;
}

static bool is_terminating(int signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

/*
 * Acts on what SIGNAL means to finleak itself. Returns whether to forward it. SIGUSR1 asks finleak
 * for a sample; PROGRAM gets it unless it would be killed by it.
 */
static bool observe_signal(const struct relayed *relayed, int signal)
{
	if (!relayed->observe)
		return true;
	if (signal == SIGUSR1 || is_terminating(signal))
		launch_observe_now(relayed->observe);
	return signal != SIGUSR1 || signal_is_expected(relayed->child, signal);
}

static void relay_signal(struct relayed *relayed, const struct signalfd_siginfo *sent)
{
	/* Then the terminal has sent it to the whole foreground group, PROGRAM included. */
	bool from_terminal = sent->ssi_code == SI_KERNEL, ends;
	int signal = (int)sent->ssi_signo;

	if (signal == SIGCHLD)
		return; /* reap() follows in any case */
	if (relayed->child_ended) {
		if (is_terminating(signal))
			relayed->no_more = true;
		else if (signal == SIGUSR1 && relayed->observe)
			launch_observe_now(relayed->observe);
		return;
	}
	ends = is_terminating(signal) && relayed->watch;
	/* PROGRAM acts on it already; else it is stamped when the sample is done. */
	if (ends && from_terminal)
		process_watch_stamp_signal(relayed->watch);
	if (!observe_signal(relayed, signal))
		return;
	if (ends && !from_terminal)
		process_watch_stamp_signal(relayed->watch);
	if (signal == SIGTSTP)
		relayed->asked_to_stop = true;
	if (signal == SIGCONT)
		relayed->asked_to_stop = false;
	if (from_terminal) {
		if (signal == SIGTSTP && relayed->child_stopped)
			stop_along(relayed);
		return;
	}
	if (sent->ssi_code == SI_QUEUE) {
		const union sigval value = { .sival_ptr = (void *)(uintptr_t)sent->ssi_ptr };

		sigqueue(relayed->child, signal, value);
		return;
	}
	kill(relayed->child, signal);
}

int launch_relay_wait(struct launch_relay *relay, pid_t child, bool wait_for_all,
		      struct process_watch *watch, struct launch_observe *observe)
{
	struct relayed relayed = {
		.child = child,
		.wait_for_all = wait_for_all,
		.watch = watch,
		.observe = observe,
	};
	struct pollfd waited[2] = {
		{ .fd = relay->signals, .events = POLLIN },
		{ .fd = watch ? process_watch_descriptor(watch) : -1, .events = POLLIN },
	};

	while (!relayed.no_more) {
		struct signalfd_siginfo sent;

		if (poll(waited, 2, observe ? launch_observe_due_ms(observe) : -1) < 0 &&
		    errno != EINTR)
			break;
		/* Processes first: the sooner they are stamped the more exact. */
		if (watch && waited[1].revents)
			process_watch_check(watch);
		while (read(relay->signals, &sent, sizeof(sent)) == (ssize_t)sizeof(sent))
			relay_signal(&relayed, &sent);
		reap(&relayed);
		if (observe && !relayed.no_more)
			launch_observe_if_due(observe);
	}
	return relayed.status;
}
