/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signalled;

void pause_ms(int ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

void say_ready(void)
{
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
}

static void note_signal(int signal_number)
{
	(void)signal_number;
	signalled = 1;
}

void catch_termination(void)
{
	struct sigaction action = { .sa_handler = note_signal };

	must(sigaction(SIGTERM, &action, NULL) == 0, "sigaction");
	must(sigaction(SIGINT, &action, NULL) == 0, "sigaction");
}

void wait_for_signal(void)
{
	while (!signalled)
		usleep(20000);
}

void reset_peer(int fd)
{
	struct linger reset = { .l_onoff = 1 };

	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0, "setsockopt");
	must(close(fd) == 0, "close");
}

static __attribute__((noinline)) void read_request(int fd, bool fails)
{
	char byte;

	must(read(fd, &byte, 1) == (fails ? -1 : 0), "read of the end");
}

__attribute__((noinline)) int accept_client(int listener, const struct sockaddr_in *address,
					    int *client)
{
	int fd;

	*client = socket(AF_INET, SOCK_STREAM, 0);
	must(*client >= 0, "socket");
	must(connect(*client, (const struct sockaddr *)address, sizeof(*address)) == 0, "connect");
	fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	return fd;
}

int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	return fd;
}

struct gone make_gone(const char *name)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	struct gone gone = { 0 };

	for (; gone.count < FORGOTTEN; gone.count++) {
		int client, fd = accept_client(listener, &address, &client);

		if (strcmp(name, "reset") == 0)
			reset_peer(client);
		else
			must(close(client) == 0, "close");
		if (strcmp(name, "unread") != 0)
			read_request(fd, strcmp(name, "reset") == 0);
		gone.fds[gone.count] = fd;
	}
	must(close(listener) == 0, "close");
	return gone;
}
