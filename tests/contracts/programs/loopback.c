/* SPDX-License-Identifier: MIT */
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s failed (errno %d: %s)\n", what, errno, strerror(errno));
	_exit(1);
}

int loopback_listen(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	must(listener >= 0, "socket");
	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	must(bind(listener, (struct sockaddr *)address, sizeof(*address)) == 0, "bind");
	must(listen(listener, 128) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)address, &length) == 0, "getsockname");
	return listener;
}

struct connection loopback_connect(int listener, const struct sockaddr_in *address)
{
	struct connection connection;

	connection.client = socket(AF_INET, SOCK_STREAM, 0);
	must(connection.client >= 0, "socket");
	must(connect(connection.client, (const struct sockaddr *)address, sizeof(*address)) == 0,
	     "connect");
	connection.server = accept(listener, NULL, NULL);
	must(connection.server >= 0, "accept");
	return connection;
}

void loopback_read_eof(struct connection *connection)
{
	char byte;

	must(close(connection->client) == 0, "close");
	connection->client = -1;
	must(read(connection->server, &byte, 1) == 0, "read of EOF");
}

void loopback_round(int listener, const struct sockaddr_in *address)
{
	struct linger reset = { .l_onoff = 1 };
	struct connection connection = loopback_connect(listener, address);
	char byte;

	must(shutdown(connection.client, SHUT_WR) == 0, "shutdown");
	must(read(connection.server, &byte, 1) == 0, "read of EOF");
	must(setsockopt(connection.server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0,
	     "setsockopt");
	must(close(connection.server) == 0, "close");
	must(close(connection.client) == 0, "close");
}

uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	must(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0, "SO_COOKIE");
	return cookie;
}

#if defined(__x86_64__)
__asm__(".text\n"
	".globl call_intricately\n"
	".hidden call_intricately\n"
	".type call_intricately, @function\n"
	"call_intricately:\n"
	"	.cfi_startproc\n"
	"	push %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_offset %rbx, -16\n"
	"	mov %rsp, %rbx\n"
	"	.cfi_def_cfa_register %rbx\n"
	"	call *%rdi\n"
	"	.cfi_def_cfa_register %rsp\n"
	"	pop %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size call_intricately, . - call_intricately\n");
#else
void call_intricately(void (*what)(void))
{
	what();
	__asm__ volatile("");
}
#endif
