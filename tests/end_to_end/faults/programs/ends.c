/* SPDX-License-Identifier: MIT */
/*
 * ends HOW WHAT: forgets three connections that are over (WHAT of make_gone()), holds them, and
 * closes them only when it ends, by HOW.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "fault.h"

static struct gone gone;
static bool closes_in_destructor;

static __attribute__((noinline)) void close_all(void)
{
	int i;

	for (i = 0; i < gone.count; i++)
		must(close(gone.fds[i]) == 0, "close");
}

static __attribute__((noinline)) void close_in_time(void)
{
	int i;

	for (i = 0; i < gone.count; i++)
		must(close(gone.fds[i]) == 0, "close");
}

static void wait_ready(void)
{
	pause_ms(HOLD_MS);
	say_ready();
}

/* The signal sets a flag, main() tidies up and returns. */
static void end_by_flag(void)
{
	catch_termination();
	wait_ready();
	wait_for_signal();
	close_all();
}

static void close_in_handler(int signal_number)
{
	(void)signal_number;
	close_all();
	_exit(0);
}

static void end_in_handler(void)
{
	must(signal(SIGTERM, close_in_handler) != SIG_ERR, "signal");
	wait_ready();
	for (;;)
		pause();
}

static sigset_t block_termination(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	must(pthread_sigmask(SIG_BLOCK, &wanted, NULL) == 0, "pthread_sigmask");
	return wanted;
}

static void *wait_and_exit(void *wanted)
{
	int signal_number;

	must(sigwait(wanted, &signal_number) == 0, "sigwait");
	close_all();
	exit(0);
}

/* The parent shall see by which signal it ended. */
static void close_and_raise(int signal_number)
{
	close_all();
	must(signal(signal_number, SIG_DFL) != SIG_ERR, "signal");
	raise(signal_number);
}

static void end_by_raise(void)
{
	must(signal(SIGTERM, close_and_raise) != SIG_ERR, "signal");
	wait_ready();
	for (;;)
		pause();
}

static void close_before_the_dump(int signal_number)
{
	(void)signal_number;
	close_all();
}

static void end_by_abort(void)
{
	must(prctl(PR_SET_DUMPABLE, 0) == 0, "prctl");
	must(signal(SIGABRT, close_before_the_dump) != SIG_ERR, "signal");
	pause_ms(HOLD_MS);
	abort();
}

/* A thread takes the signal, as in Java and in many daemons. */
static void end_by_sigwait(void)
{
	sigset_t wanted = block_termination();
	pthread_t thread;

	must(pthread_create(&thread, NULL, wait_and_exit, &wanted) == 0, "pthread_create");
	wait_ready();
	pthread_join(thread, NULL);
}

/* An event loop that reads its signals, as with libevent and systemd. */
static void end_by_signalfd(void)
{
	sigset_t wanted = block_termination();
	struct signalfd_siginfo info;
	int fd = signalfd(-1, &wanted, SFD_CLOEXEC);

	must(fd >= 0, "signalfd");
	wait_ready();
	must(read(fd, &info, sizeof(info)) == sizeof(info), "read of the signalfd");
	close_all();
	close(fd);
}

static void end_by_return(void)
{
	pause_ms(HOLD_MS);
	close_all();
}

/* The last command of a protocol: nobody asks by a signal. */
static void end_by_exit_at_once(void)
{
	pause_ms(HOLD_MS);
	close_all();
	_exit(0);
}

/* It goes on as another program, which knows nothing of them. */
static void end_by_exec(void)
{
	pause_ms(HOLD_MS);
	close_all();
	execlp("true", "true", (char *)NULL);
	must(0, "exec");
}

/* The end comes from deep inside. */
static __attribute__((noinline, noreturn)) void give_up(void)
{
	exit(0);
}

static void end_by_atexit(void)
{
	must(atexit(close_all) == 0, "atexit");
	pause_ms(HOLD_MS);
	give_up();
}

static void end_by_quick_exit(void)
{
	must(at_quick_exit(close_all) == 0, "at_quick_exit");
	pause_ms(HOLD_MS);
	quick_exit(0);
}

static void end_by_destructor(void)
{
	closes_in_destructor = true;
	pause_ms(HOLD_MS);
}

__attribute__((destructor)) static void tidy_up(void)
{
	if (closes_in_destructor)
		close_all();
}

/* Sees its workers off first: the end takes longer than --min-held. */
static void end_slowly(void)
{
	catch_termination();
	wait_ready();
	wait_for_signal();
	pause_ms(HOLD_MS);
	close_all();
}

/* One call closes everything, as daemons do. */
static void end_by_close_range(void)
{
	catch_termination();
	wait_ready();
	wait_for_signal();
	must(close_range(3, ~0u, 0) == 0, "close_range");
}

/* Shuts down before it closes, as most libraries do. */
static void end_by_shutdown(void)
{
	int i;

	catch_termination();
	wait_ready();
	wait_for_signal();
	for (i = 0; i < gone.count; i++)
		shutdown(gone.fds[i], SHUT_RDWR);
	close_all();
}

/* ... and lets the peers go first. */
static void end_lingering(void)
{
	int i;

	catch_termination();
	wait_ready();
	wait_for_signal();
	for (i = 0; i < gone.count; i++)
		shutdown(gone.fds[i], SHUT_RDWR);
	pause_ms(200);
	close_all();
}

/* Its listener is the last that it closes, long before it is gone. */
static void end_with_other_work(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);

	catch_termination();
	wait_ready();
	wait_for_signal();
	close_all();
	must(close(listener) == 0, "close");
	pause_ms(HOLD_MS);
}

/* While it serves others: their peers are there, and the same calls close them. */
static void end_busy(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), fds[20], i, client;

	for (i = 0; i < 20; i++)
		fds[i] = accept_client(listener, &address, &client);
	catch_termination();
	wait_ready();
	wait_for_signal();
	for (i = 0; i < 20; i++)
		must(close(fds[i]) == 0, "close");
	close_all();
}

/* Never closed: for comparison. */
static void end_open(void)
{
	pause_ms(HOLD_MS);
}

static const struct {
	const char *name;
	void (*end)(void);
} ways[] = {
	{ "flag", end_by_flag },
	{ "handler", end_in_handler },
	{ "raise", end_by_raise },
	{ "abort", end_by_abort },
	{ "sigwait", end_by_sigwait },
	{ "signalfd", end_by_signalfd },
	{ "return", end_by_return },
	{ "_exit", end_by_exit_at_once },
	{ "exec", end_by_exec },
	{ "atexit", end_by_atexit },
	{ "quick_exit", end_by_quick_exit },
	{ "destructor", end_by_destructor },
	{ "slowly", end_slowly },
	{ "close_range", end_by_close_range },
	{ "shutdown", end_by_shutdown },
	{ "lingering", end_lingering },
	{ "other_work", end_with_other_work },
	{ "busy", end_busy },
	{ "mixed", end_by_flag },
	{ "open", end_open },
};

int main(int argc, char **argv)
{
	int rounds;
	size_t i;

	must(argc == 3, "usage: ends HOW eof|unread|reset");
	/* "mixed": others, at the same lines, were closed in time. */
	for (rounds = strcmp(argv[1], "mixed") == 0 ? 3 : 1; rounds > 0; rounds--) {
		gone = make_gone(argv[2]);
		if (rounds > 1)
			close_in_time();
	}
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].end();
			return 0;
		}
	}
	must(false, "a way to end");
}
