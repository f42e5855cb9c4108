/* SPDX-License-Identifier: MIT */
/* bench-thread-server PORT: an HTTP server on 127.0.0.1 with a thread for each connection. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char reply[] =
	"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char request[1024];

	/* A request of a benchmark comes in one piece; then the client leaves. */
	while (recv(fd, request, sizeof(request), 0) > 0)
		if (send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL) < 0)
			break;
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;
	pthread_attr_t detached;
	pthread_t thread;

	if (argc != 2)
		return 1;
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1024) < 0) {
		perror("bench-thread-server");
		return 1;
	}
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		if (pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd) != 0)
			close(fd);
	return 1;
}
