/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/launch_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/launch/signal_expected.h"

/*
 * Some senders signal finleak first and its group right after (timeout), or one process of the
 * group after the other (systemd). This long finleak waits for the rest.
 */
#define SETTLE_NS (10 * NS_PER_MS)

/* A signal that comes again so soon, by the same sender, is the other half of what reached both. */
#define SAME_SIGNAL_NS (100 * NS_PER_MS)

/* PROGRAM, running. */
struct relayed {
	pid_t child;
	int signals; /* the relay's */
	struct group_witness *witness;
	struct group_signal { /* the last one that reached PROGRAM without finleak */
		int number;
		uint32_t sender;
		uint64_t ns;
	} shared;
	bool child_ended;
	bool child_stopped;
	bool asked_to_stop; /* SIGTSTP came and no SIGCONT since */
	bool wait_for_all;
	struct process_watch *watch;    /* NULL: there are no recordings */
	struct launch_observe *observe; /* NULL: no samples */
	bool samples;                   /* whoever waits samples by itself */
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
	if (relay->signals >= 0) {
		group_witness_begin(&relay->witness);
		return true;
	}
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
	group_witness_end(&relay->witness);
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
	/* The SIGCONT that ends this is relayed like any other signal. */
	kill(getpid(), SIGSTOP);
	relayed->child_stopped = false;
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
		/* It has no more to witness, and --wait waits for all children. */
		group_witness_end(relayed->witness);
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

/* Has SENT, which came to finleak, been sent to PROGRAM as well? */
static bool reached_child(struct relayed *relayed, const struct signalfd_siginfo *sent)
{
	const struct group_signal *shared = &relayed->shared;
	bool from_terminal = sent->ssi_code == SI_KERNEL, repeated;
	int number = (int)sent->ssi_signo;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!group_witness_knows(relayed->witness))
		return from_terminal;
	/* Signals of real time queue: each one counts. */
	repeated = number < SIGRTMIN && shared->number == number &&
		   shared->sender == sent->ssi_pid && now - shared->ns < SAME_SIGNAL_NS;
	if (!group_witness_got(relayed->witness, number) && !repeated)
		return false;
	/* From a terminal as without finleak: who has left the group is not meant. */
	if (!from_terminal && getpgid(relayed->child) != getpgrp())
		return false;
	relayed->shared = (struct group_signal){
		.number = number,
		.sender = sent->ssi_pid,
		.ns = now,
	};
	return true;
}

static void send_on(const struct relayed *relayed, const struct signalfd_siginfo *sent)
{
	const union sigval value = { .sival_ptr = (void *)(uintptr_t)sent->ssi_ptr };

	if (sent->ssi_code == SI_QUEUE)
		sigqueue(relayed->child, (int)sent->ssi_signo, value);
	else
		kill(relayed->child, (int)sent->ssi_signo);
}

/* Signals that people and supervisors send, to finleak and then to the others. */
static bool may_be_followed(int signal)
{
	return is_terminating(signal) || signal == SIGUSR1 || signal == SIGUSR2;
}

/* PROGRAM gets SIGUSR1, which asks finleak for a sample, unless it would be killed by it. */
static bool is_for_child(const struct relayed *relayed, int signal)
{
	return signal != SIGUSR1 ||
	       (!relayed->samples && !launch_observe_asks_kernel(relayed->observe)) ||
	       signal_is_expected(relayed->child, signal);
}

/*
 * Acts on what SENT means to finleak itself. Returns whether to forward it.
 *
 * A signal that asks for the end is stamped on the recordings when PROGRAM gets it: at once if it
 * has got it, else after the sample.
 */
static bool act_on(struct relayed *relayed, const struct signalfd_siginfo *sent)
{
	uint64_t came_ns = clock_ns(CLOCK_MONOTONIC), waited_ns;
	int signal = (int)sent->ssi_signo;
	bool reached = reached_child(relayed, sent), stamps;

	stamps = is_terminating(signal) && relayed->watch;
	if (reached && stamps)
		process_watch_stamp_signal(relayed->watch, signal);
	if (relayed->observe && (signal == SIGUSR1 || is_terminating(signal)))
		launch_observe_now(relayed->observe);
	if (reached)
		return false;
	waited_ns = clock_ns(CLOCK_MONOTONIC) - came_ns;
	if (may_be_followed(signal) && group_witness_knows(relayed->witness)) {
		if (waited_ns < SETTLE_NS)
			clock_wait(SETTLE_NS - waited_ns);
		reached = reached_child(relayed, sent);
	}
	if (stamps)
		process_watch_stamp_signal(relayed->watch, signal);
	return !reached && is_for_child(relayed, signal);
}

/* After the end of PROGRAM. */
static void take_signal(struct relayed *relayed, int signal)
{
	if (is_terminating(signal))
		relayed->no_more = true;
	else if (signal == SIGUSR1 && launch_observe_asks_kernel(relayed->observe))
		launch_observe_now(relayed->observe);
}

static void relay_signal(struct relayed *relayed, const struct signalfd_siginfo *sent)
{
	int signal = (int)sent->ssi_signo;
	bool wanted;

	if (signal == SIGCHLD)
		return; /* reap() follows in any case */
	if (relayed->child_ended) {
		take_signal(relayed, signal);
		return;
	}
	wanted = act_on(relayed, sent);
	if (signal == SIGTSTP)
		relayed->asked_to_stop = true;
	if (signal == SIGCONT)
		relayed->asked_to_stop = false;
	if (wanted)
		send_on(relayed, sent);
	else if (signal == SIGTSTP && relayed->child_stopped)
		stop_along(relayed);
}

static void relay_signals(struct relayed *relayed)
{
	struct signalfd_siginfo sent;

	while (read(relayed->signals, &sent, sizeof(sent)) == (ssize_t)sizeof(sent))
		relay_signal(relayed, &sent);
}

struct relayed *launch_relay_follow(struct launch_relay *relay, pid_t child)
{
	struct relayed *relayed = allocate_zeroed(1, sizeof(*relayed));

	relayed->child = child;
	relayed->signals = relay->signals;
	relayed->samples = true;
	relayed->witness = &relay->witness;
	return relayed;
}

bool launch_relay_take(struct relayed *relayed)
{
	relay_signals(relayed);
	reap(relayed);
	return !relayed->no_more;
}

int launch_relay_unfollow(struct relayed *relayed)
{
	int status = relayed->status;

	free(relayed);
	return status;
}

bool launch_relay_asked_to_end(struct launch_relay *relay)
{
	struct signalfd_siginfo sent;
	bool asked = false;

	while (read(relay->signals, &sent, sizeof(sent)) == (ssize_t)sizeof(sent))
		asked = asked || is_terminating((int)sent.ssi_signo);
	return asked;
}

int launch_relay_wait(struct launch_relay *relay, pid_t child, bool wait_for_all,
		      struct process_watch *watch, struct launch_observe *observe)
{
	struct relayed relayed = {
		.child = child,
		.signals = relay->signals,
		.witness = &relay->witness,
		.wait_for_all = wait_for_all,
		.watch = watch,
		.observe = observe,
	};
	struct pollfd waited[2] = {
		{ .fd = relay->signals, .events = POLLIN },
		{ .fd = watch ? process_watch_descriptor(watch) : -1, .events = POLLIN },
	};

	while (!relayed.no_more) {
		if (poll(waited, 2, observe ? launch_observe_due_ms(observe) : -1) < 0 &&
		    errno != EINTR)
			break;
		/* Processes first: the sooner they are stamped the more exact. */
		if (watch && waited[1].revents)
			process_watch_check(watch);
		relay_signals(&relayed);
		reap(&relayed);
		if (observe && !relayed.no_more)
			launch_observe_if_due(observe);
	}
	return relayed.status;
}
