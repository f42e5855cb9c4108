/* SPDX-License-Identifier: MIT */
/*
 * A C++ exception that skips the close: a request that breaks off throws past the close() at the
 * end of serve_connection(). The fixed twin lets a destructor close.
 * finleak: eof-unclosed, with siblings.
 */
#include "traffic.h"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

#ifdef FIXED
struct Closer {
	int connection;
	~Closer()
	{
		close(connection);
	}
};
#endif

/* Reads a line. Empty: the peer has gone. */
std::string read_request(int connection)
{
	std::string request;
	char part[256];

	while (request.empty() || request.back() != '\n') {
		ssize_t length = recv(connection, part, sizeof(part), 0); /* LEAK: eof */

		if (length <= 0 && !request.empty())
			throw std::runtime_error("request breaks off");
		if (length <= 0)
			break;
		request.append(part, length);
	}
	return request;
}

void serve_connection(int connection)
{
#ifdef FIXED
	Closer closer{ connection };
#endif
	for (;;) {
		std::string request = read_request(connection);

		if (request.empty())
			break;
		send(connection, request.data(), request.size(), MSG_NOSIGNAL);
	}
#ifndef FIXED
	close(connection); /* LEAK: sibling */
#endif
	std::printf("peer has gone\n");
}

} // namespace

int main(int argc, char **argv)
{
	const struct peer peers[] = {
		{ "hello\n", "hello\n", PEER_CLOSES },
		{ "hel", nullptr, PEER_CLOSES },
	};
	int listener = traffic_begin(argc, argv, peers, 2);

	while (traffic_wait(listener)) {
		int connection = accept(listener, nullptr, nullptr); /* LEAK: opened */

		try {
			if (connection >= 0)
				serve_connection(connection);
		} catch (const std::exception &error) {
			std::printf("%s\n", error.what());
		}
	}
	return 0;
}
