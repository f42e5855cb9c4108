/* SPDX-License-Identifier: MIT */
/*
 * late unread|eof|spread: connections that are over are closed much later, and the program goes on.
 * "spread": each is held longer than the one before.
 */
#include <string.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) void close_late(const struct gone *gone, int pause)
{
	int i;

	for (i = 0; i < gone->count; i++) {
		must(close(gone->fds[i]) == 0, "close");
		pause_ms(pause);
	}
}

int main(int argc, char **argv)
{
	bool is_spread;
	struct gone gone;

	must(argc == 2, "usage: late unread|eof|spread");
	is_spread = strcmp(argv[1], "spread") == 0;
	gone = make_gone(is_spread ? "eof" : argv[1]);
	pause_ms(2 * HOLD_MS);
	close_late(&gone, is_spread ? 150 : 0);
	pause_ms(HOLD_MS);
	return 0;
}
