/* SPDX-License-Identifier: MIT */
/*
 * one_line member|lambda: forgets connections of which it learns that they are over by a wrapper
 * that is written in one line. serve_member() and serve_lambda() decide.
 */
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

extern "C" {
#include "fault.h"
}

namespace
{
class connection
{
      public:
	explicit connection(int fd) : fd_(fd)
	{
	}
	__attribute__((noinline)) ssize_t read(char *to)
	{
		return recv(fd_, to, 1, 0);
	}

      private:
	int fd_;
};

__attribute__((noinline)) void serve_member(int fd)
{
	connection peer(fd);
	char byte;

	must(peer.read(&byte) == 0, "read of EOF");
}

__attribute__((noinline)) void serve_lambda(int fd)
{
	const auto next = [fd](char *to) { return recv(fd, to, 1, 0); };
	char byte;

	must(next(&byte) == 0, "read of EOF");
}
} // namespace

int main(int argc, char **argv)
{
	void (*serve)(int fd) =
		argc > 1 && strcmp(argv[1], "lambda") == 0 ? serve_lambda : serve_member;
	struct sockaddr_in address;
	int listener = loopback_listen(&address);

	for (int i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		serve(fd);
	}
	pause_ms(HOLD_MS);
	return 0;
}
