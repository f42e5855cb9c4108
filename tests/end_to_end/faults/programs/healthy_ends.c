/* SPDX-License-Identifier: MIT */
/*
 * healthy_ends HOW [PORT]: programs that end with nothing forgotten, though they close something
 * shortly before, or at, their ends.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

#define CONNECTIONS 50

static struct sockaddr_in address;
static int listener, fds[CONNECTIONS], clients[CONNECTIONS];

static void accept_all(void)
{
	int i;

	for (i = 0; i < CONNECTIONS; i++)
		fds[i] = accept_client(listener, &address, &clients[i]);
}

static void read_and_close(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
	must(close(fd) == 0, "close");
}

static void close_all(const int *which)
{
	int i;

	for (i = 0; i < CONNECTIONS; i++)
		must(close(which[i]) == 0, "close");
}

/* Requests are being answered when SIGTERM comes: the peers are there. */
static void end_in_flight(void)
{
	catch_termination();
	accept_all();
	must(send(clients[0], "q", 1, 0) == 1, "send");
	pause_ms(HOLD_MS);
	say_ready();
	wait_for_signal();
	close_all(fds);
}

/* All were served and closed long before. */
static void end_idle(void)
{
	int i;

	catch_termination();
	accept_all();
	for (i = 0; i < CONNECTIONS; i++) {
		must(close(clients[i]) == 0, "close");
		read_and_close(fds[i]);
	}
	pause_ms(HOLD_MS);
	say_ready();
	wait_for_signal();
}

/* The peers go together with the program: Ctrl-C in one terminal. */
static void end_together(void)
{
	catch_termination();
	accept_all();
	pause_ms(HOLD_MS);
	say_ready();
	wait_for_signal();
	close_all(clients);
	close_all(fds);
}

/* Lets its clients finish after SIGTERM, and closes each as it goes. */
static void end_drained(void)
{
	int i;

	catch_termination();
	accept_all();
	pause_ms(HOLD_MS);
	say_ready();
	wait_for_signal();
	for (i = 0; i < CONNECTIONS; i++) {
		must(close(clients[i]) == 0, "close");
		read_and_close(fds[i]);
		pause_ms(5);
	}
}

/* What ends while the program is ending already need not be closed at once. */
static void end_drained_together(void)
{
	char byte;
	int i;

	catch_termination();
	accept_all();
	pause_ms(HOLD_MS);
	say_ready();
	wait_for_signal();
	close_all(clients);
	for (i = 0; i < CONNECTIONS; i++)
		must(read(fds[i], &byte, 1) == 0, "read of EOF");
	pause_ms(250);
	close_all(fds);
}

/* Works on what it has read to the end, closes, and goes on for a while before it ends. */
static void end_after_work(void)
{
	int i;

	accept_all();
	close_all(clients);
	for (i = 0; i < CONNECTIONS; i++) {
		char byte;

		must(read(fds[i], &byte, 1) == 0, "read of EOF");
	}
	pause_ms(250);
	close_all(fds);
	pause_ms(300);
}

/* Shuts everything down, lets the peers go first, and closes. */
static void end_lingering(void)
{
	int i;

	catch_termination();
	accept_all();
	pause_ms(HOLD_MS);
	say_ready();
	wait_for_signal();
	for (i = 0; i < CONNECTIONS; i++)
		must(shutdown(fds[i], SHUT_RDWR) == 0, "shutdown");
	close_all(clients);
	pause_ms(150);
	close_all(fds);
}

/* Reads the answer to its end, works on it for WORK_MS, closes and ends. */
static void end_client(int port, int work_ms)
{
	int fd = connect_to(port);
	char answer[64];

	must(write(fd, "q\n", 2) == 2, "write");
	while (read(fd, answer, sizeof(answer)) > 0)
		;
	pause_ms(work_ms);
	close(fd);
}

/* The peers are there still: the end of the program ends the connections. */
static void end_connected(void)
{
	accept_all();
	pause_ms(HOLD_MS);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (strcmp(how, "client") == 0) {
		end_client(atoi(argv[2]), 0);
		return 0;
	}
	if (strcmp(how, "client_works") == 0) {
		end_client(atoi(argv[2]), 300);
		return 0;
	}
	listener = loopback_listen(&address);
	if (strcmp(how, "in_flight") == 0)
		end_in_flight();
	else if (strcmp(how, "idle") == 0)
		end_idle();
	else if (strcmp(how, "together") == 0)
		end_together();
	else if (strcmp(how, "drained") == 0)
		end_drained();
	else if (strcmp(how, "drained_together") == 0)
		end_drained_together();
	else if (strcmp(how, "lingering") == 0)
		end_lingering();
	else if (strcmp(how, "after_work") == 0)
		end_after_work();
	else if (strcmp(how, "connected") == 0)
		end_connected();
	else
		must(false, "a way to end");
	return 0;
}
