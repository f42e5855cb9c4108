/* SPDX-License-Identifier: MIT */
/*
 * healthy_uses HOW: programs that use sockets in legal ways that are not the usual ones, and close
 * all of them in time. Each lives for a while longer than --min-held afterwards.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define CONNECTIONS 4
#define WORK_MS     250

static struct sockaddr_in address;
static int listener;

static void read_end(int fd)
{
	char buffer[64];
	ssize_t length;

	do
		length = read(fd, buffer, sizeof(buffer));
	while (length > 0);
	must(length == 0, "read of EOF");
}

static void must_close(int fd)
{
	must(close(fd) == 0, "close");
}

static void wait_for(pid_t child)
{
	int status = -1;

	must(child > 0 && waitpid(child, &status, 0) == child && status == 0, "a child");
}

/* The server answers for a while after it has read the end; then it ends its own half. */
static void half_close_both_ways(const char *self)
{
	int client, fd = accept_client(listener, &address, &client), i;

	(void)self;
	must(send(client, "q", 1, 0) == 1 && shutdown(client, SHUT_WR) == 0, "the request");
	read_end(fd);
	for (i = 0; i < 10; i++) {
		must(send(fd, "x", 1, MSG_NOSIGNAL) == 1, "send");
		pause_ms(30);
	}
	must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	read_end(client);
	must_close(client);
	must_close(fd);
}

/* As nginx closes: its own half first, then it reads what still comes. */
static void lingering_close(const char *self)
{
	int client, fd = accept_client(listener, &address, &client);

	(void)self;
	must(send(client, "q", 1, 0) == 1 && shutdown(fd, SHUT_WR) == 0, "the answer");
	pause_ms(WORK_MS);
	read_end(client);
	must_close(client);
	read_end(fd);
	must_close(fd);
}

/* A child serves what its parent has accepted, and both close. */
static void serve_in_child(const char *self)
{
	int client, fd = accept_client(listener, &address, &client);
	pid_t child = fork();

	(void)self;
	if (child == 0) {
		must_close(client);
		read_end(fd);
		pause_ms(WORK_MS);
		must_close(fd);
		exit(0);
	}
	must_close(fd);
	must_close(client);
	wait_for(child);
}

/* The connection is the standard input and output of a program that knows no sockets. */
static void serve_as_inetd(const char *self)
{
	int client, fd = accept_client(listener, &address, &client);
	pid_t child;

	(void)self;
	must(fcntl(client, F_SETFD, FD_CLOEXEC) == 0, "fcntl");
	child = fork();
	if (child == 0) {
		must(dup2(fd, STDIN_FILENO) == 0 && dup2(fd, STDOUT_FILENO) == 1, "dup2");
		must_close(fd);
		execlp("cat", "cat", (char *)NULL);
		_exit(127);
	}
	must_close(fd);
	must(send(client, "q", 1, 0) == 1 && shutdown(client, SHUT_WR) == 0, "the request");
	read_end(client);
	must_close(client);
	wait_for(child);
}

static void send_descriptor(int channel, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = { 0 }, byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(channel, &message, 0) == 1, "sendmsg");
}

/* -1 when there are no more. */
static int receive_descriptor(int channel)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void work_for(int channel)
{
	int fd;

	while ((fd = receive_descriptor(channel)) >= 0) {
		read_end(fd);
		pause_ms(WORK_MS / CONNECTIONS);
		must_close(fd);
	}
	exit(0);
}

/* Workers come to a named socket of their master, and get connections by SCM_RIGHTS. */
static void pass_to_workers(const char *self)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), workers[2], i;

	(void)self;
	/* An abstract name that the kernel chooses. */
	must(bind(door, (struct sockaddr *)&name, sizeof(sa_family_t)) == 0, "bind");
	must(listen(door, 2) == 0, "listen");
	must(getsockname(door, (struct sockaddr *)&name, &(socklen_t){ sizeof(name) }) == 0,
	     "getsockname");
	for (i = 0; i < 2; i++) {
		pid_t child = fork();

		if (child == 0) {
			int channel = socket(AF_UNIX, SOCK_STREAM, 0);

			must_close(listener);
			must_close(door);
			must(connect(channel, (struct sockaddr *)&name,
				     (socklen_t)(sizeof(sa_family_t) + 6)) == 0,
			     "connect");
			work_for(channel);
		}
		workers[i] = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	}
	for (i = 0; i < CONNECTIONS; i++) {
		int client, fd = accept_client(listener, &address, &client);

		send_descriptor(workers[i % 2], fd);
		must_close(fd);
		must_close(client);
	}
	must_close(workers[0]);
	must_close(workers[1]);
	while (wait(NULL) > 0)
		;
}

/* A pool looks after its idle connections, and closes those whose peers have gone. */
static void reap_idle(const char *self)
{
	struct pollfd pool[CONNECTIONS];
	int i, client;
	char byte;

	(void)self;
	for (i = 0; i < CONNECTIONS; i++) {
		int fd = accept_client(listener, &address, &client);

		must(send(client, "q", 1, 0) == 1 && read(fd, &byte, 1) == 1, "a request");
		must(send(fd, "a", 1, 0) == 1 && read(client, &byte, 1) == 1, "an answer");
		must_close(fd);
		pool[i] = (struct pollfd){ .fd = client, .events = POLLIN };
	}
	pause_ms(700);
	must(poll(pool, CONNECTIONS, 0) == CONNECTIONS, "poll");
	for (i = 0; i < CONNECTIONS; i++) {
		read_end(pool[i].fd);
		must_close(pool[i].fd);
	}
}

static void serve_inherited(int inherited)
{
	int client, fd;

	must(getsockname(inherited, (struct sockaddr *)&address, &(socklen_t){ sizeof(address) }) ==
		     0,
	     "getsockname");
	fd = accept_client(inherited, &address, &client);
	must_close(client);
	read_end(fd);
	must_close(fd);
}

/* A new version of the program gets the listener, and a connection that is being served. */
static void upgrade(const char *self)
{
	int client, fd = accept_client(listener, &address, &client);
	char numbers[3][16];

	snprintf(numbers[0], sizeof(numbers[0]), "%d", listener);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", fd);
	snprintf(numbers[2], sizeof(numbers[2]), "%d", client);
	execl(self, self, "upgraded", numbers[0], numbers[1], numbers[2], (char *)NULL);
	must(false, "exec");
}

static void go_on_upgraded(char **argv)
{
	serve_inherited(atoi(argv[2]));
	must_close(atoi(argv[4]));
	read_end(atoi(argv[3]));
	must_close(atoi(argv[3]));
	must_close(atoi(argv[2]));
}

static void *read_and_hand_on(void *from)
{
	read_end(*(int *)from);
	return from;
}

static void *close_handed(void *from)
{
	must_close(*(int *)from);
	return from;
}

/* One thread accepts, another reads, a third closes. */
static void hand_over(const char *self)
{
	pthread_t thread;
	int i, client;

	(void)self;
	for (i = 0; i < CONNECTIONS; i++) {
		int fd = accept_client(listener, &address, &client);

		must_close(client);
		must(pthread_create(&thread, NULL, read_and_hand_on, &fd) == 0, "pthread_create");
		pthread_join(thread, NULL);
		must(pthread_create(&thread, NULL, close_handed, &fd) == 0, "pthread_create");
		pthread_join(thread, NULL);
	}
}

/* Two streams over one connection, as many libraries have them; each closes its own descriptor. */
static void two_streams(const char *self)
{
	int client, fd = accept_client(listener, &address, &client);
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");

	(void)self;
	must(in && out, "fdopen");
	must(send(client, "q\n", 2, 0) == 2 && fgetc(in) == 'q', "a request");
	must(fputs("an answer\n", out) >= 0 && fclose(out) == 0, "an answer");
	must_close(client);
	while (fgetc(in) != EOF)
		;
	must(fclose(in) == 0, "fclose");
}

/* Numbers are closed by giving them to something else. */
static void replace_numbers(const char *self)
{
	int client, null = open("/dev/null", O_RDONLY | O_CLOEXEC), i;

	(void)self;
	for (i = 0; i < CONNECTIONS; i++) {
		int fd = accept_client(listener, &address, &client);

		must_close(client);
		read_end(fd);
		must(dup2(null, fd) == fd, "dup2");
	}
}

static const struct {
	const char *name;
	void (*use)(const char *self);
} uses[] = {
	{ "half_close_both_ways", half_close_both_ways },
	{ "lingering_close", lingering_close },
	{ "serve_in_child", serve_in_child },
	{ "serve_as_inetd", serve_as_inetd },
	{ "pass_to_workers", pass_to_workers },
	{ "reap_idle", reap_idle },
	{ "upgrade", upgrade },
	{ "hand_over", hand_over },
	{ "two_streams", two_streams },
	{ "replace_numbers", replace_numbers },
};

int main(int argc, char **argv)
{
	size_t i;

	must(argc >= 2, "usage: healthy_uses HOW");
	if (strcmp(argv[1], "upgraded") == 0) {
		go_on_upgraded(argv);
		pause_ms(HOLD_MS);
		return 0;
	}
	listener = loopback_listen(&address);
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (strcmp(uses[i].name, argv[1]) == 0)
			uses[i].use(argv[0]);
	pause_ms(HOLD_MS);
	return 0;
}
