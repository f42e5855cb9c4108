/* SPDX-License-Identifier: MIT */
/*
 * A library whose constructor leaves a connection open after its EOF. Opened with RTLD_DEEPBIND it
 * makes its calls past the recorder.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static __attribute__((constructor)) void begin(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(address);
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 5) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    connect(client, (struct sockaddr *)&address, size) < 0)
		_exit(2);
	size = sizeof(address);
	if (write(client, "x", 1) != 1 || close(client) < 0)
		_exit(2);
	client = accept(listener, NULL, NULL);
	while (read(client, &byte, 1) > 0)
		;
	close(listener);
}
