/* SPDX-License-Identifier: MIT */
/*
 * A program whose leaks check_ids.py identifies, in many builds. Each has its own place; two are
 * in one function.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;
static volatile int sink;

/* A connection of which the peer has closed its side. */
static int accept_finished(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int client = socket(AF_INET, SOCK_STREAM, 0), connection;

	getsockname(listener, (struct sockaddr *)&address, &length);
	if (connect(client, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	connection = accept(listener, NULL, NULL);
	close(client);
	sink++;
	return connection;
}

static int read_end(int connection)
{
	char byte;
	int length = (int)read(connection, &byte, 1);

	sink++;
	return length;
}

static int receive_end(int connection)
{
	char byte;
	int length = (int)recv(connection, &byte, 1, 0);

	sink++;
	return length;
}

/* Two places of one function. */
static void serve_twice(void)
{
	sink += read_end(accept_finished());
	sink += read_end(accept_finished());
}

static void serve(int depth)
{
	if (depth)
		serve(depth - 1);
	else
		sink += receive_end(accept_finished());
	sink++;
}

static void *serve_in_thread(void *unused)
{
	serve(2);
	sink++;
	return unused;
}

static void shut_down(void)
{
	int connection = accept_finished();

	shutdown(connection, SHUT_RDWR);
	sink++;
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 16) < 0)
		return 1;
	serve_twice();
	serve(0);
	pthread_create(&thread, NULL, serve_in_thread, NULL);
	pthread_join(thread, NULL);
	shut_down();
	sink += read_end(accept_finished());
	return 0;
}
