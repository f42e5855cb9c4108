/* SPDX-License-Identifier: MIT */
/*
 * duplicates HOW CALL [stay|tidy|closes]: each session keeps a duplicate of its socket, made by
 * CALL, and forgets it. HOW the session ends: "eof": the peer first; "first": the server first;
 * "shutdown", "half": the server first, with shutdown() of both directions or of one before
 * close(). "tidy": when a signal asks for the end, everything is closed; "closes": at once. CALL
 * "message": the duplicate is on its way through a UNIX socket while the session ends.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) int keep_copy(const char *call, int fd)
{
	static int number = 200;

	if (strcmp(call, "dup2") == 0)
		return dup2(fd, number++);
	if (strcmp(call, "dup3") == 0)
		return dup3(fd, number++, O_CLOEXEC);
	if (strcmp(call, "fcntl") == 0)
		return fcntl(fd, F_DUPFD_CLOEXEC, 100);
	return dup(fd);
}

static int mailbox[2];

static __attribute__((noinline)) void send_copy(int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = "", byte = 0;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(mailbox[0], &message, 0) == 1, "sendmsg");
}

static __attribute__((noinline)) int receive_copy(void)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd;

	must(recvmsg(mailbox[1], &message, 0) == 1, "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static __attribute__((noinline)) void end_session(const char *how, int fd)
{
	if (strcmp(how, "shutdown") == 0)
		must(shutdown(fd, SHUT_RDWR) == 0, "shutdown");
	if (strcmp(how, "half") == 0)
		must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	must(close(fd) == 0, "close");
}

static __attribute__((noinline)) void read_end(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static __attribute__((noinline)) void tidy_up(const int *copies)
{
	int i;

	wait_for_signal();
	for (i = 0; i < FORGOTTEN; i++)
		must(close(copies[i]) == 0, "close");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), copies[FORGOTTEN], i;

	bool closes = argc > 3 && strcmp(argv[3], "closes") == 0;
	bool is_sent = argc >= 3 && strcmp(argv[2], "message") == 0;

	must(argc >= 3, "usage: duplicates HOW CALL [stay|tidy|closes]");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, mailbox) == 0, "socketpair");
	if (argc > 3 && strcmp(argv[3], "tidy") == 0)
		catch_termination();
	for (i = 0; i < FORGOTTEN; i++) {
		bool is_peer_first = strcmp(argv[1], "eof") == 0;
		int client, fd = accept_client(listener, &address, &client);

		copies[i] = is_sent ? -1 : keep_copy(argv[2], fd);
		must(is_sent || copies[i] >= 0, argv[2]);
		if (is_peer_first) {
			must(close(client) == 0, "close");
			read_end(fd);
		}
		if (is_sent)
			send_copy(fd);
		end_session(argv[1], fd);
		if (is_sent)
			copies[i] = receive_copy();
		if (closes)
			must(close(copies[i]) == 0, "close of the copy");
		if (!is_peer_first)
			must(close(client) == 0, "close");
	}
	pause_ms(HOLD_MS);
	say_ready();
	if (argc > 3 && strcmp(argv[3], "tidy") == 0)
		tidy_up(copies);
	else if (argc > 3 && !closes)
		pause();
	return 0;
}
