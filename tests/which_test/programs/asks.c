/* SPDX-License-Identifier: MIT */
/*
 * asks [LABEL...]: for each LABEL one connection is opened under it and read to its end; that of a
 * LABEL that begins with '+' is closed, that of one with '|' is a child's, which stays. After each,
 * the count and what finleak_report() returned.
 */
#include <signal.h>
#include <sys/prctl.h>

#include "connections.h"
#include <finleak.h>

/* A child leaks, and lives as long as its parent. */
static void leak_in_child(void)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		abort();
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		read_to_end(open_connection());
		close(ready[0]);
		close(ready[1]);
		pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 0)
		abort();
	close(ready[0]);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		uint64_t before = finleak_checkpoint();
		int connection = -1, result;
		long count;

		finleak_label(argv[i]);
		if (argv[i][0] == '|')
			leak_in_child();
		else
			read_to_end(connection = open_connection());
		if (argv[i][0] == '+')
			close(connection);
		count = finleak_leaked(before, 0);
		result = finleak_report(before, stdout);
		printf("%s: %ld leaked, report %d\n", argv[i], count, result);
	}
	return 0;
}
