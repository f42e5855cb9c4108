/* SPDX-License-Identifier: MIT */
/*
 * asks [LABEL...]: for each LABEL one connection is opened under it and read to its end; that of a
 * LABEL that begins with '+' is closed. After each, the count and what finleak_report() returned.
 */
#include "connections.h"
#include <finleak.h>

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		uint64_t before = finleak_checkpoint();
		int connection, result;
		long count;

		finleak_label(argv[i]);
		connection = open_connection();
		read_to_end(connection);
		if (argv[i][0] == '+')
			close(connection);
		count = finleak_leaked(before, 0);
		result = finleak_report(before, stdout);
		printf("%s: %ld leaked, report %d\n", argv[i], count, result);
	}
	return 0;
}
