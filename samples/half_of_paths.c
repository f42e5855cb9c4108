/* SPDX-License-Identifier: MIT */
/*
 * Half of the paths: downloads and uploads end in different functions. One of them closes.
 * finleak: eof-unclosed, with siblings closed in end_download().
 */
#include "traffic.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct transfer {
	int connection;
	size_t bytes;
	void (*end)(struct transfer *transfer);
};

static void end_download(struct transfer *transfer)
{
	close(transfer->connection); /* LEAK: sibling */
	printf("download ended\n");
}

static void end_upload(struct transfer *transfer)
{
	printf("upload of %zu bytes ended\n", transfer->bytes);
#ifdef FIXED
	close(transfer->connection);
#endif
}

static void serve_request(struct transfer *transfer, const char *request)
{
	transfer->end = strncmp(request, "PUT ", 4) ? end_download : end_upload;
	transfer->bytes = strlen(request);
	send(transfer->connection, "done\n", 5, MSG_NOSIGNAL);
}

static void serve_connection(int connection)
{
	struct transfer transfer = { .connection = connection, .end = end_download };
	char request[512];
	ssize_t length;

	while ((length = recv(connection, request, sizeof(request) - 1, 0)) > 0) { /* LEAK: eof */
		request[length] = '\0';
		serve_request(&transfer, request);
	}
	transfer.end(&transfer);
}

int main(int argc, char **argv)
{
	const struct peer peers[] = {
		{ "GET /file\n", "done\n", PEER_CLOSES },
		{ "PUT /file contents\n", "done\n", PEER_CLOSES },
	};
	int listener = traffic_begin(argc, argv, peers, 2);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
