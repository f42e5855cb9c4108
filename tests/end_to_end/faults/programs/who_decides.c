/* SPDX-License-Identifier: MIT */
/*
 * who_decides disconnect|fill|linked: one function calls another that makes the call. The latter
 * ends the connection by its name, but only shuts it down; or it fills a buffer and leaves the end
 * to its caller; or it is a library's that was linked into the program, behind a loop of that.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "fault.h"

#define DONE 0

struct buffer {
	int fd;
	char bytes[64];
	size_t used;
};

static __attribute__((noinline)) int client_disconnect(int fd)
{
	shutdown(fd, SHUT_RDWR);
	return DONE;
}

static __attribute__((noinline)) void end_session(int fd)
{
	must(client_disconnect(fd) == DONE, "disconnect");
}

static __attribute__((noinline)) int free_space(struct buffer *buffer, struct iovec *space)
{
	*space = (struct iovec){ buffer->bytes + buffer->used,
				 sizeof(buffer->bytes) - buffer->used };
	return 1;
}

static __attribute__((noinline)) void advance(struct buffer *buffer, size_t length)
{
	buffer->used += length;
}

static __attribute__((noinline)) ssize_t buffer_fill(struct buffer *buffer, int flags)
{
	struct iovec space;
	struct msghdr message = {
		.msg_iov = &space,
		.msg_iovlen = free_space(buffer, &space),
	};
	ssize_t length;

	length = recvmsg(buffer->fd, &message, flags);
	if (length > 0)
		advance(buffer, length);
	return length;
}

static __attribute__((noinline)) void serve(int fd)
{
	struct buffer buffer = { .fd = fd };

	must(buffer_fill(&buffer, 0) == 0, "read of EOF");
}

/* What follows stands for libevent. */
static __attribute__((noinline)) void evbuffer_read(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static __attribute__((noinline)) void bufferevent_readcb(int fd)
{
	evbuffer_read(fd);
}

static __attribute__((noinline)) void event_process_active(int fd)
{
	bufferevent_readcb(fd);
}

static __attribute__((noinline)) void event_base_loop(int fd)
{
	event_process_active(fd);
}

static __attribute__((noinline)) void answer(int fd)
{
	pause_ms(1);
	must(send(fd, "!", 1, MSG_NOSIGNAL) == 1, "send");
}

static void take_answer(int client)
{
	char byte;

	must(read(client, &byte, 1) == 1, "an answer");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc == 2, "usage: who_decides disconnect|fill|linked");
	for (i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		answer(fd);
		take_answer(client);
		close(client);
		if (strcmp(argv[1], "disconnect") == 0)
			end_session(fd);
		else if (strcmp(argv[1], "fill") == 0)
			serve(fd);
		else
			event_base_loop(fd);
	}
	pause_ms(HOLD_MS);
	return 0;
}
