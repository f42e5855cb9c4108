/* SPDX-License-Identifier: MIT */
/*
 * A stream made by fdopen: fgets() meets the end of it, and nobody calls fclose(). The read itself
 * happens inside libc, where a call can't be interposed.
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static char *read_request(FILE *stream, char *request, int size)
{
	char *line = fgets(request, size, stream); /* LEAK: eof */

	if (!line && ferror(stream))
		perror("fgets");
	return line;
}

static void serve_connection(int connection)
{
	FILE *stream = fdopen(connection, "r");
	char request[512];

	if (!stream) {
		close(connection);
		return;
	}
	while (read_request(stream, request, sizeof(request)))
		dprintf(connection, "you said: %s", request);
	printf("peer has gone\n");
#ifdef FIXED
	fclose(stream);
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
