/* SPDX-License-Identifier: MIT */
/*
 * reconnects PORT member|pointer|late|tidy|whole|each: a client whose server hangs up, and which
 * connects again. The next connection takes the place of the one before, which is not closed; but
 * tidy closes it. whole reads to the end in the function that has connected: that forgets to close.
 * each has an object for each connection.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

struct client {
	int port;
	int fd;
	int tries;
	bool is_tidy;
};

static __attribute__((noinline)) int open_connection(struct client *client, int *fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)client->port) };
	int status;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM, 0);
	must(*fd >= 0, "socket");
	status = connect(*fd, (const struct sockaddr *)&address, sizeof(address));
	client->tries++;
	return status;
}

static __attribute__((noinline)) void reconnect(struct client *client)
{
	int fd = -1, status;

	if (client->is_tidy && client->fd >= 0)
		close(client->fd);
	status = open_connection(client, &fd);
	must(status == 0, "connect");
	client->fd = fd;
}

static __attribute__((noinline)) void reconnect_by_result(struct client *client)
{
	client->fd = connect_to(client->port);
	client->tries++;
}

static __attribute__((noinline)) void receive(struct client *client)
{
	char text[64];

	while (read(client->fd, text, sizeof(text)) > 0)
		;
	client->tries++;
}

static __attribute__((noinline)) void talk(struct client *client)
{
	client->fd = connect_to(client->port);
	receive(client);
	client->tries++;
}

static __attribute__((noinline)) void talk_once(int port)
{
	struct client client = { .port = port, .fd = -1 };

	reconnect_by_result(&client);
	receive(&client);
	client.tries++;
}

static void serve(struct client *client, const char *how)
{
	int i;

	for (i = 0; i < FORGOTTEN; i++) {
		if (strcmp(how, "member") == 0)
			reconnect_by_result(client);
		else
			reconnect(client);
		receive(client);
		if (strcmp(how, "late") == 0)
			pause_ms(1100);
	}
}

int main(int argc, char **argv)
{
	struct client client = { .fd = -1 };
	int i;

	must(argc == 3, "usage: reconnects PORT member|pointer|late|tidy|whole|each");
	client.port = atoi(argv[1]);
	client.is_tidy = strcmp(argv[2], "tidy") == 0;
	if (strcmp(argv[2], "whole") == 0)
		for (i = 0; i < FORGOTTEN; i++)
			talk(&client);
	else if (strcmp(argv[2], "each") == 0)
		for (i = 0; i < FORGOTTEN; i++)
			talk_once(client.port);
	else
		serve(&client, argv[2]);
	if (client.is_tidy)
		close(client.fd);
	pause_ms(HOLD_MS);
	return 0;
}
