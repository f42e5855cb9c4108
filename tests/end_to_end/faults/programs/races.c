/* SPDX-License-Identifier: MIT */
/*
 * races HOW: for a second, two threads use the same descriptors in ways that are legal and cross
 * each other. Then ten connections are forgotten, and those are all that leaks. "dup", "dup2",
 * "fcntl": one duplicates numbers that the other closes (EBADF is harmless). "rights": one sends
 * sockets to the other by SCM_RIGHTS and closes its own at once. "closers": both close a duplicate
 * of the same socket.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "fault.h"

#define LEFT    10
#define SECONDS 1

static _Atomic int shared = -1;
static _Atomic bool is_over;
static const char *how;
static int channel[2];

static bool is(const char *name)
{
	return strcmp(how, name) == 0;
}

static int duplicate(int fd)
{
	if (is("dup2"))
		return dup2(fd, 500);
	if (is("fcntl"))
		return fcntl(fd, F_DUPFD_CLOEXEC, 100);
	return dup(fd);
}

static void *duplicates(void *unused)
{
	while (!is_over) {
		int fd = shared, copy = fd >= 0 ? duplicate(fd) : -1;

		if (copy >= 0)
			close(copy);
	}
	return unused;
}

static void *closes(void *unused)
{
	while (!is_over) {
		int fd = atomic_exchange(&shared, -1);

		if (fd >= 0)
			must(close(fd) == 0, "close");
	}
	return unused;
}

static void send_socket(int fd)
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
	must(sendmsg(channel[0], &message, 0) == 1, "sendmsg");
}

static void *receives(void *unused)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };

	for (;;) {
		struct msghdr message = { .msg_iov = &data,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = sizeof(control) };
		struct cmsghdr *header;
		int fd;

		if (recvmsg(channel[1], &message, MSG_CMSG_CLOEXEC) <= 0)
			return unused;
		header = CMSG_FIRSTHDR(&message);
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
		must(close(fd) == 0, "close");
	}
}

static void use_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	volatile int turns;

	must(fd >= 0, "socket");
	if (is("rights"))
		send_socket(fd);
	else if (is("closers"))
		shared = dup(fd);
	else
		shared = fd;
	for (turns = 0; turns < 200; turns++)
		;
	must(close(fd) == 0, "close");
	while (is("closers") && shared >= 0)
		;
}

static void race(void)
{
	void *(*other)(void *) = is("rights") ? receives : is("closers") ? closes : duplicates;
	struct timespec now, end;
	pthread_t thread;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0, "socketpair");
	must(pthread_create(&thread, NULL, other, NULL) == 0, "pthread_create");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += SECONDS;
	do {
		use_one();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || now.tv_nsec < end.tv_nsec);
	is_over = true;
	close(channel[0]);
	pthread_join(thread, NULL);
}

static __attribute__((noinline)) void read_end(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc == 2, "usage: races dup|dup2|fcntl|rights|closers");
	how = argv[1];
	race();
	for (i = 0; i < LEFT; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		read_end(fd);
	}
	pause_ms(HOLD_MS);
	return 0;
}
