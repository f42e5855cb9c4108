/* SPDX-License-Identifier: MIT */
/*
 * A loop over epoll that resumes coroutines of C++20, each of which serves one client. They leave
 * their loop at the end of the stream, and forget that nobody else has the descriptor.
 * finleak: eof-unclosed, in the coroutine, not in the part of it that the compiler made.
 */
#include "traffic.h"

#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

struct task {
	struct promise_type {
		task get_return_object()
		{
			return {};
		}
		std::suspend_never initial_suspend() noexcept
		{
			return {};
		}
		std::suspend_never final_suspend() noexcept
		{
			return {};
		}
		void return_void()
		{
		}
		void unhandled_exception()
		{
			std::terminate();
		}
	};
};

int epoll;

/* co_await readable{ FD } goes on when FD is. */
struct readable {
	int fd;

	bool await_ready()
	{
		return false;
	}

	void await_suspend(std::coroutine_handle<> coroutine)
	{
		struct epoll_event event = {};

		event.events = EPOLLIN | EPOLLONESHOT;
		event.data.ptr = coroutine.address();
		if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) < 0)
			epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	}

	void await_resume()
	{
	}
};

task serve(int connection)
{
	char data[512];
	ssize_t length;

	do {
		co_await readable{ connection };
		length = recv(connection, data, sizeof(data), 0); /* LEAK: eof */
		if (length > 0 && send(connection, data, (size_t)length, MSG_NOSIGNAL) < 0)
			perror("send");
	} while (length > 0);
#ifdef FIXED
	close(connection);
#endif
}

task accept_clients(int listener)
{
	for (;;) {
		co_await readable{ listener };
		serve(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)); /* LEAK: opened */
	}
}

} /* namespace */

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	epoll = epoll_create1(EPOLL_CLOEXEC);
	accept_clients(listener);
	while (traffic_wait(epoll)) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, 0) == 1)
			std::coroutine_handle<>::from_address(event.data.ptr).resume();
	}
	return 0;
}
