// SPDX-License-Identifier: MIT
// raii main|static|exception|thread: an object holds a connection whose end was read for as long
// as the program lives; its destructor closes it: at the end of main(), with the static objects,
// on the way of an exception out of main()'s try block, at the end of a thread that lives as long.
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>
#include <unistd.h>

extern "C" {
#include "fault.h"
}

namespace
{

struct Session {
	gone connections;

	explicit Session(const char *state) : connections(make_gone(state))
	{
	}
	Session(const Session &) = delete;
	Session &operator=(const Session &) = delete;

	~Session()
	{
		for (int i = 0; i < connections.count; i++)
			close(connections.fds[i]);
	}
};

std::unique_ptr<Session> global;

void serve()
{
	Session session("eof");

	pause_ms(HOLD_MS);
}

} // namespace

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (std::strcmp(what, "static") == 0) {
		global = std::make_unique<Session>("eof");
		pause_ms(HOLD_MS);
	} else if (std::strcmp(what, "exception") == 0) {
		try {
			Session session("eof");

			pause_ms(HOLD_MS);
			throw std::runtime_error("it is over");
		} catch (const std::exception &) {
			return 0;
		}
	} else if (std::strcmp(what, "thread") == 0) {
		std::thread(serve).join();
	} else {
		Session session("eof");

		pause_ms(HOLD_MS);
	}
	return 0;
}
