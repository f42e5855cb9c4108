/* SPDX-License-Identifier: MIT */
/*
 * asked_twice: SIGHUP, by way of `finleak run`, asks for something else than the end. Three
 * connections are over after that, and are closed when SIGTERM comes.
 */
#include <signal.h>
#include <unistd.h>
#include "fault.h"

static volatile sig_atomic_t hung_up;

static void note_hangup(int signal_number)
{
	(void)signal_number;
	hung_up = 1;
}

static __attribute__((noinline)) void close_all(const struct gone *gone)
{
	int i;

	for (i = 0; i < gone->count; i++)
		must(close(gone->fds[i]) == 0, "close");
}

int main(void)
{
	struct sigaction action = { .sa_handler = note_hangup };
	struct gone gone;

	must(sigaction(SIGHUP, &action, NULL) == 0, "sigaction");
	catch_termination();
	gone = make_gone("eof");
	close_all(&gone);
	must(kill(getppid(), SIGHUP) == 0, "kill");
	while (!hung_up)
		usleep(10000);
	gone = make_gone("eof");
	pause_ms(HOLD_MS);
	must(kill(getppid(), SIGTERM) == 0, "kill");
	wait_for_signal();
	close_all(&gone);
	return 0;
}
