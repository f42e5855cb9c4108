/* SPDX-License-Identifier: MIT */
/*
 * crashes HOW: forgets three connections whose EOF it has read, holds them, and crashes. A handler
 * of the crash closes them, and computes for a while before the process is gone: no burst of closes
 * shows where the end began.
 */
#undef NDEBUG
#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "fault.h"

/* Longer than any burst's gap of a socket that was held for HOLD_MS, by far. */
#define REPORT_MS 300

static struct gone gone;
static sigjmp_buf next_request;

static __attribute__((noinline)) void close_all(void)
{
	int i;

	for (i = 0; i < gone.count; i++)
		must(close(gone.fds[i]) == 0, "close");
}

static int64_t computed_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_report(void)
{
	int64_t start = computed_ms();

	while (computed_ms() - start < REPORT_MS)
		;
}

static void close_and_return(int number)
{
	(void)number;
	close_all();
	write_report();
}

static void close_and_exit(int number)
{
	close_and_return(number);
	_exit(3);
}

static void close_and_raise(int number)
{
	must(signal(number, SIG_DFL) != SIG_ERR, "signal");
	close_and_return(number);
	raise(number);
}

static void close_and_jump(int number)
{
	(void)number;
	close_all();
	siglongjmp(next_request, 1);
}

static void close_knowing_why(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	close_and_return(number);
}

/* On a stack of its own. No core is dumped. */
static void handle(int number, struct sigaction action)
{
	static char stack[64 << 10];
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack), .ss_flags = 0 };

	must(prctl(PR_SET_DUMPABLE, 0) == 0, "prctl");
	must(sigaltstack(&alternate, NULL) == 0, "sigaltstack");
	action.sa_flags |= SA_ONSTACK;
	must(sigaction(number, &action, NULL) == 0, "sigaction");
}

static int *volatile nowhere;

static void crash(void)
{
	*nowhere = 1;
}

static void crash_and_exit(void)
{
	handle(SIGSEGV, (struct sigaction){ .sa_handler = close_and_exit });
	crash();
}

static void crash_and_raise(void)
{
	handle(SIGSEGV, (struct sigaction){ .sa_handler = close_and_raise });
	crash();
}

/* The handler returns to what crashes once more. All signals wait, and it knows which one came. */
static void crash_again(void)
{
	struct sigaction action = { .sa_flags = SA_RESETHAND | SA_SIGINFO };

	action.sa_sigaction = close_knowing_why;
	sigfillset(&action.sa_mask);
	handle(SIGSEGV, action);
	crash();
}

static void fail_an_assertion(void)
{
	handle(SIGABRT, (struct sigaction){ .sa_handler = close_and_return });
	assert(gone.count == 0);
}

static void damage_the_heap(void)
{
	void *volatile block = malloc(64);

	handle(SIGABRT, (struct sigaction){ .sa_handler = close_and_return });
	free(block);
	free(block);
}

static void serve_another(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), client;
	int fd = accept_client(listener, &address, &client);

	must(close(client) == 0 && close(fd) == 0 && close(listener) == 0, "close");
}

/* The request that crashed is over, and the next one comes. */
static void survive_and_serve(void)
{
	handle(SIGSEGV, (struct sigaction){ .sa_handler = close_and_jump });
	if (sigsetjmp(next_request, 1) == 0)
		crash();
	serve_another();
	pause_ms(2 * HOLD_MS);
}

/* What is left to do opens nothing. */
static void survive_and_work(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), client;
	int fd = accept_client(listener, &address, &client);

	handle(SIGSEGV, (struct sigaction){ .sa_handler = close_and_jump });
	if (sigsetjmp(next_request, 1) == 0)
		crash();
	pause_ms(HOLD_MS);
	must(close(client) == 0 && close(fd) == 0, "close");
	pause_ms(2 * HOLD_MS);
}

/* A signal that ends nothing: which has come shows in what is blocked only. */
static void be_asked_to_reload(void)
{
	struct sigaction action = { .sa_handler = close_and_return };

	handle(SIGSEGV, (struct sigaction){ .sa_handler = close_and_exit });
	sigfillset(&action.sa_mask);
	handle(SIGUSR1, action);
	raise(SIGUSR1);
	pause_ms(2 * HOLD_MS);
}

static const struct {
	const char *name;
	void (*end)(void);
} ways[] = {
	{ "exit", crash_and_exit },    { "raise", crash_and_raise },
	{ "again", crash_again },      { "assert", fail_an_assertion },
	{ "heap", damage_the_heap },   { "serves", survive_and_serve },
	{ "works", survive_and_work }, { "reloads", be_asked_to_reload },
};

int main(int argc, char **argv)
{
	size_t i;

	must(argc == 2, "usage: crashes HOW");
	gone = make_gone("eof");
	pause_ms(HOLD_MS);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].end();
			return 0;
		}
	}
	must(false, "a way to crash");
}
