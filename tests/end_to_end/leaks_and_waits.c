/* SPDX-License-Identifier: MIT */
/* Leaks two connections (their ends read, never closed), prints "ready" and ends with stdin. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int leak(int listener, const struct sockaddr_in *address)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	char byte;

	if (client < 0 || connect(client, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -1;
	server = accept(listener, NULL, NULL);
	close(client);
	return server < 0 ? -1 : (int)read(server, &byte, 1);
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 5) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return 1;
	if (leak(listener, &address) != 0 || leak(listener, &address) != 0)
		return 1;
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
