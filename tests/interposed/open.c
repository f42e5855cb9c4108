/* SPDX-License-Identifier: MIT */
/* Calls with which a socket begins: calls/open.c. What becomes of connections: connect.c. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

static int by_socket(int family, int type, int protocol)
{
	return socket(family, type, protocol);
}

static int by_syscall_socket(int family, int type, int protocol)
{
	return syscall(SYS_socket, family, type, protocol);
}

static const struct opening {
	const char *call;
	int (*open)(int family, int type, int protocol);
} openings[] = {
	{ "socket", by_socket },
	{ "syscall socket", by_syscall_socket },
};

static void expect_socket_of_kind(const struct opening *opening, int family, int type, int protocol,
				  enum recorded_kind kind)
{
	int fd = opening->open(family, type, protocol);

	if (fd < 0)
		skip();
	expect_opened(fd, SOURCE_SOCKET, (const void *)opening->open);
	if (is_recorded())
		assert_int_equal(row_of(fd)->kind, kind);
	expect_role(fd, ROLE_NONE);
	close(fd);
}

static void ipv4_socket_is_noted(void **state)
{
	expect_socket_of_kind(*state, AF_INET, SOCK_STREAM, 0, KIND_TCP);
	expect_socket_of_kind(*state, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP, KIND_TCP);
}

static void ipv6_socket_is_noted(void **state)
{
	expect_socket_of_kind(*state, AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0, KIND_TCP6);
}

static void mptcp_socket_is_noted(void **state)
{
	expect_socket_of_kind(*state, AF_INET, SOCK_STREAM, IPPROTO_MPTCP, KIND_MPTCP);
}

static void other_sockets_are_silent(void **state)
{
	const struct opening *opening = *state;
	struct counts before = counts_now();
	int fds[2];

	fds[0] = opening->open(AF_INET, SOCK_DGRAM, 0);
	fds[1] = opening->open(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fds[0] >= 0 && fds[1] >= 0);
	expect_untracked(fds[0]);
	expect_untracked(fds[1]);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(opening->open(-1, SOCK_STREAM, 0), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
	expect_same_counts(&before);
}

static int by_accept(int fd)
{
	return accept(fd, NULL, NULL);
}

static int by_accept_that_asks_who(int fd)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	int accepted = accept(fd, (struct sockaddr *)&peer, &length);

	assert_int_equal(length, sizeof(peer));
	assert_int_equal(peer.sin_family, AF_INET);
	return accepted;
}

/* No room for an address: the length is how much there would have been. */
static int by_accept_without_room(int fd)
{
	struct sockaddr nothing;
	socklen_t length = 0;
	int accepted = accept(fd, &nothing, &length);

	assert_int_equal(length, sizeof(struct sockaddr_in));
	return accepted;
}

static int by_accept4(int fd)
{
	return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

static int by_accept4_that_asks_who(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	int accepted = accept4(fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK);

	assert_int_equal(length, sizeof(struct sockaddr_in));
	return accepted;
}

#ifdef SYS_accept
static int by_syscall_accept(int fd)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);

	return syscall(SYS_accept, fd, &peer, &length);
}
#endif

static int by_syscall_accept4(int fd)
{
	return syscall(SYS_accept4, fd, NULL, NULL, SOCK_CLOEXEC);
}

static const struct accepting {
	const char *call, *name, *listener;
	int (*accept)(int fd);
	bool peer_known; /* from the call itself */
} acceptings[] = {
	{ "accept", "socket_given_by_*_is_noted", "listener_knows_its_last_*", by_accept, true },
	{ "accept", "socket_given_by_*_with_its_peer_is_noted",
	  "listener_knows_its_last_*_with_its_peer", by_accept_that_asks_who, true },
	{ "accept", "socket_given_by_*_without_room_is_noted",
	  "listener_knows_its_last_*_without_room", by_accept_without_room, false },
	{ "accept4", "socket_given_by_*_is_noted", "listener_knows_its_last_*", by_accept4, true },
	{ "accept4", "socket_given_by_*_with_its_peer_is_noted",
	  "listener_knows_its_last_*_with_its_peer", by_accept4_that_asks_who, true },
#ifdef SYS_accept
	{ "syscall accept", "socket_given_by_*_is_noted", "listener_knows_its_last_*",
	  by_syscall_accept, true },
#endif
	{ "syscall accept4", "socket_given_by_*_is_noted", "listener_knows_its_last_*",
	  by_syscall_accept4, false },
};

static void accepted_socket_is_noted(void **state)
{
	const struct accepting *accepting = *state;
	struct sockaddr_in client;
	socklen_t length = sizeof(client);
	struct address address;
	int listener = listen_on(AF_INET, 0, &address);
	int ours = socket(AF_INET, SOCK_STREAM, 0), theirs;

	assert_int_equal(connect(ours, address_of(&address), address.length), 0);
	assert_int_equal(getsockname(ours, (struct sockaddr *)&client, &length), 0);
	theirs = accepting->accept(listener);
	assert_true(theirs >= 0);
	expect_opened(theirs, SOURCE_ACCEPT, (const void *)accepting->accept);
	expect_role(theirs, ROLE_CONNECTED);
	if (is_recorded()) {
		const struct recorded_socket *row = row_of(theirs);

		assert_int_equal(row->kind, KIND_TCP);
		if (accepting->peer_known) {
			assert_int_equal(row->peer.family, AF_INET);
			assert_int_equal(row->peer.port, ntohs(client.sin_port));
			assert_memory_equal(row->peer.ip, &client.sin_addr, 4);
		}
	}
	close(theirs);
	close(ours);
	set_nonblocking(listener);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	close(listener);
}

static void expect_last_accept(int listener, pid_t thread, const void *function)
{
	if (!is_recorded())
		return;
	expect_last_use(listener, USE_ACCEPT, function);
	assert_int_equal(row_of(listener)->accept_thread, thread);
}

static void *accept_in_a_thread(void *listener)
{
	int accepted = accept4(*(int *)listener, NULL, NULL, 0);

	assert_true(accepted >= 0);
	close(accepted);
	return (void *)(intptr_t)gettid();
}

static pid_t accept_in_a_child(int listener)
{
	pid_t child;
	int accepted;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		accepted = accept4(listener, NULL, NULL, 0);
		if (is_recorded())
			report_row(listener);
		_exit(accepted < 0);
	}
	assert_int_equal(wait_for_child(child), 0);
	return child;
}

/* When, where and by whom a connection was accepted last is kept with the listener. */
static void listener_knows_its_last_accept(void **state)
{
	const struct accepting *accepting = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), ours[3], theirs;
	uint64_t first_ns = 0;
	pthread_t thread;
	void *its_id;
	pid_t child;
	size_t i;

	for (i = 0; i < COUNT_OF(ours); i++) {
		ours[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(ours[i], address_of(&address), address.length), 0);
	}
	if (is_recorded()) {
		assert_int_equal(row_of(listener)->last_use, USE_NONE);
		assert_int_equal(row_of(listener)->accept_thread, 0);
	}
	theirs = accepting->accept(listener);
	expect_last_accept(listener, gettid(), (const void *)accepting->accept);
	if (is_recorded()) {
		first_ns = row_of(listener)->last_use_ns;
		assert_int_equal(first_ns, row_of(theirs)->opened_ns);
		assert_int_equal(row_of(listener)->last_use_stack, row_of(theirs)->opened_stack);
	}
	assert_int_equal(pthread_create(&thread, NULL, accept_in_a_thread, &listener), 0);
	assert_int_equal(pthread_join(thread, &its_id), 0);
	expect_last_accept(listener, (pid_t)(intptr_t)its_id, (const void *)accept_in_a_thread);
	/* A child has the row to itself, and another id. */
	child = accept_in_a_child(listener);
	if (is_recorded()) {
		assert_int_equal(reported()->last_use, USE_ACCEPT);
		assert_int_equal(reported()->accept_thread, child);
		assert_true(reported()->last_use_ns > row_of(listener)->last_use_ns);
		assert_true(row_of(listener)->last_use_ns > first_ns);
	}
	expect_last_accept(listener, (pid_t)(intptr_t)its_id, (const void *)accept_in_a_thread);
	for (i = 0; i < COUNT_OF(ours); i++)
		close(ours[i]);
	close(theirs);
	close(listener);
}

static void connection_over(int family, int protocol, enum recorded_kind kind)
{
	struct connection connection = connect_over(family, protocol);

	if (is_recorded()) {
		assert_int_equal(row_of(connection.ours)->kind, kind);
		/* What was accepted over MPTCP may have fallen back to TCP. */
		assert_non_null(row_of(connection.theirs));
	}
	expect_role(connection.ours, ROLE_CONNECTED);
	expect_role(connection.theirs, ROLE_CONNECTED);
	disconnect(&connection);
	expect_untracked(connection.ours);
	expect_untracked(connection.theirs);
}

static void connection_over_ipv4(void **state)
{
	(void)state;
	connection_over(AF_INET, 0, KIND_TCP);
}

static void connection_over_ipv6(void **state)
{
	(void)state;
	connection_over(AF_INET6, 0, KIND_TCP6);
}

static void connection_over_mptcp(void **state)
{
	(void)state;
	connection_over(AF_INET, IPPROTO_MPTCP, KIND_MPTCP);
}

static int by_listen(int fd)
{
	return listen(fd, 1);
}

static int by_syscall_listen(int fd)
{
	return syscall(SYS_listen, fd, 1);
}

static const struct listening {
	const char *call;
	int (*listen)(int fd);
} listenings[] = {
	{ "listen", by_listen },
	{ "syscall listen", by_syscall_listen },
};

static void listener_is_noted(void **state)
{
	const struct listening *listening = *state;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(listening->listen(fd), 0);
	expect_role(fd, ROLE_LISTENER);
	if (is_recorded()) {
		const struct recorded_socket *row = row_of(fd);

		assert_true(stack_begins_in(own_recording(), row->listen_stack,
					    (const void *)listening->listen));
		assert_int_equal(row->local.family, AF_INET);
		assert_int_not_equal(row->local.port, 0);
	}
	close(fd);
	assert_int_equal(listening->listen(fd), -1);
	assert_int_equal(errno, EBADF);
}

static int by_pidfd_getfd(int pidfd, int fd)
{
	return pidfd_getfd(pidfd, fd, 0);
}

static int by_syscall_pidfd_getfd(int pidfd, int fd)
{
	return syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

static const struct fetching {
	const char *call;
	int (*fetch)(int pidfd, int fd);
} fetchings[] = {
	{ "pidfd_getfd", by_pidfd_getfd },
	{ "syscall pidfd_getfd", by_syscall_pidfd_getfd },
};

/* In a child: opens a connection, prints its number, and waits to be ended. */
static void hold_a_connection(int report)
{
	struct connection connection = connected();

	if (write(report, &connection.ours, sizeof(connection.ours)) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void fetched_socket_is_noted(void **state)
{
	const struct fetching *fetching = *state;
	int report[2], pidfd, theirs, fd;
	pid_t child;

	assert_int_equal(pipe(report), 0);
	fflush(NULL);
	child = fork();
	if (child == 0)
		hold_a_connection(report[1]);
	assert_int_equal(read(report[0], &theirs, sizeof(theirs)), sizeof(theirs));
	pidfd = pidfd_open(child, 0);
	assert_true(pidfd >= 0);
	fd = fetching->fetch(pidfd, theirs);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(report[0]);
	close(report[1]);
	close(pidfd);
	if (fd < 0)
		skip(); /* not allowed here */
	expect_opened(fd, SOURCE_PASSED, (const void *)fetching->fetch);
	expect_role(fd, ROLE_CONNECTED);
	close(fd);
	expect_untracked(fd);
}

int main(int argc, char **argv)
{
	size_t i;

	children_start();
	for (i = 0; i < COUNT_OF(openings); i++) {
		const struct opening *opening = &openings[i];

		add_call_test(opening->call, ipv4_socket_is_noted, opening,
			      "ipv4_opened_by_*_is_noted");
		add_call_test(opening->call, ipv6_socket_is_noted, opening,
			      "ipv6_opened_by_*_is_noted");
		add_call_test(opening->call, mptcp_socket_is_noted, opening,
			      "mptcp_opened_by_*_is_noted");
		add_call_test(opening->call, other_sockets_are_silent, opening,
			      "others_opened_by_*_are_silent");
	}
	for (i = 0; i < COUNT_OF(acceptings); i++)
		add_call_test(acceptings[i].call, accepted_socket_is_noted, &acceptings[i],
			      acceptings[i].name);
	for (i = 0; i < COUNT_OF(acceptings); i++)
		add_call_test(acceptings[i].call, listener_knows_its_last_accept, &acceptings[i],
			      acceptings[i].listener);
	for (i = 0; i < COUNT_OF(listenings); i++)
		add_call_test(listenings[i].call, listener_is_noted, &listenings[i],
			      "listener_made_by_*_is_noted");
	for (i = 0; i < COUNT_OF(fetchings); i++)
		add_call_test(fetchings[i].call, fetched_socket_is_noted, &fetchings[i],
			      "socket_fetched_by_*_is_noted");
	add_test("connection_over_ipv4", connection_over_ipv4);
	add_test("connection_over_ipv6", connection_over_ipv6);
	add_test("connection_over_mptcp", connection_over_mptcp);
	return run_call_tests(argc, argv, "interposed.open");
}
