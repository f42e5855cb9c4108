/* SPDX-License-Identifier: MIT */
/* Serves $CONNECTIONS connections, and passes. check_ci.py removes its calls of close(). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int serve_connection(int connection)
{
	char request[16];
	ssize_t length;

	do
		length = read(connection, request, sizeof(request)); /* HERE: serve */
	while (length > 0);
	close(connection); /* CLOSE: serve */
	return length == 0;
}

static int connect_to(const struct sockaddr_in *address)
{
	int client = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(client, (const struct sockaddr *)address, sizeof(*address)) < 0)
		abort();
	return client;
}

/* A connection whose server goes first. */
static int probe(const struct sockaddr_in *address, int listener)
{
	int client = connect_to(address);
	char byte;
	ssize_t length;

	close(accept(listener, NULL, NULL));
	length = recv(client, &byte, 1, 0); /* HERE: probe */
	close(client);                      /* CLOSE: probe */
	return length == 0;
}

int main(void)
{
	const char *connections = getenv("CONNECTIONS");
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM, 0), good = 1, i;
	socklen_t length = sizeof(address);

	if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 8) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		return 1;
	for (i = 0; connections && i < atoi(connections); i++) {
		close(connect_to(&address));
		good &= serve_connection(accept(listener, NULL, NULL));
	}
	good &= probe(&address, listener);
	close(listener);
	return !good;
}
