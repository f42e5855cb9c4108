/* SPDX-License-Identifier: MIT */
/* AF_UNIX sockets: tracked where the option unix=1 asks for them, else silent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"

/* Were they asked for? */
static bool asked_for(void)
{
	const char *options = getenv("FINLEAK_OPTIONS");

	return options && strstr(options, ":unix=1");
}

static void expect_tracked(int fd, enum recorded_source source, const void *function)
{
	if (!asked_for()) {
		expect_untracked(fd);
		return;
	}
	expect_opened(fd, source, function);
	assert_int_equal(row_of(fd)->kind, KIND_UNIX);
}

static int by_socketpair(int type, int ends[2])
{
	return socketpair(AF_UNIX, type, 0, ends);
}

static int by_syscall_socketpair(int type, int ends[2])
{
	return syscall(SYS_socketpair, AF_UNIX, type, 0, ends);
}

static const struct pairing {
	const char *call;
	int (*pair)(int type, int ends[2]);
} pairings[] = {
	{ "socketpair", by_socketpair },
	{ "syscall socketpair", by_syscall_socketpair },
};

static ssize_t read_one(int fd)
{
	char got;

	return read(fd, &got, 1);
}

static void expect_pair(const struct pairing *pairing, int type)
{
	struct counts before = counts_now();
	int ends[2];

	assert_int_equal(pairing->pair(type, ends), 0);
	expect_tracked(ends[0], SOURCE_PAIR, (const void *)pairing->pair);
	expect_tracked(ends[1], SOURCE_PAIR, (const void *)pairing->pair);
	if (asked_for())
		expect_role(ends[0], ROLE_CONNECTED);
	close(ends[1]);
	assert_int_equal(read_one(ends[0]), 0);
	if (asked_for())
		expect_eof(ends[0], (const void *)read_one);
	else
		expect_same_counts(&before);
	close(ends[0]);
	expect_untracked(ends[0]);
	if (asked_for())
		assert_int_equal(counts_now().closed, before.closed + 2);
}

static void stream_pair(void **state)
{
	expect_pair(*state, SOCK_STREAM | SOCK_CLOEXEC);
}

static void sequenced_pair(void **state)
{
	expect_pair(*state, SOCK_SEQPACKET);
}

static void datagram_pair_is_silent(void **state)
{
	const struct pairing *pairing = *state;
	struct counts before = counts_now();
	int ends[2];

	assert_int_equal(pairing->pair(SOCK_DGRAM, ends), 0);
	expect_untracked(ends[0]);
	expect_untracked(ends[1]);
	assert_int_equal(send(ends[1], "", 0, 0), 0);
	assert_int_equal(read_one(ends[0]), 0);
	expect_same_counts(&before);
	close(ends[0]);
	close(ends[1]);
}

static int accept_one(int fd)
{
	return accept(fd, NULL, NULL);
}

static int open_one(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static void accepted_socket(void **state)
{
	struct sockaddr own = { .sa_family = AF_UNIX };
	struct counts before = counts_now();
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);
	int listener = open_one(), ours = open_one(), theirs;

	(void)state;
	expect_tracked(ours, SOURCE_SOCKET, (const void *)open_one);
	/* The kernel chooses an abstract name. */
	assert_int_equal(bind(listener, &own, sizeof(own.sa_family)), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&bound, &length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(ours, (struct sockaddr *)&bound, length), 0);
	theirs = accept_one(listener);
	expect_tracked(theirs, SOURCE_ACCEPT, (const void *)accept_one);
	if (asked_for()) {
		expect_role(listener, ROLE_LISTENER);
		expect_role(ours, ROLE_CONNECTED);
		expect_role(theirs, ROLE_CONNECTED);
	}
	close(ours);
	assert_int_equal(read_one(theirs), 0);
	if (asked_for())
		expect_eof(theirs, (const void *)read_one);
	assert_int_equal(send(theirs, "x", 1, 0), -1);
	assert_int_equal(errno, EPIPE);
	if (asked_for())
		expect_last_use(theirs, USE_WRITE_FAILED, (const void *)accepted_socket);
	else
		expect_same_counts(&before);
	close(theirs);
	close(listener);
	if (asked_for())
		assert_int_equal(counts_now().closed, before.closed + 3);
}

static void unknown_socket(void **state)
{
	int ends[2], copy;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	copy = (int)unseen_dup2(ends[0], 100);
	assert_int_equal(copy, 100);
	assert_int_equal(unseen_close(ends[0]), 0);
	close(ends[1]);
	assert_int_equal(read_one(copy), 0);
	if (asked_for())
		expect_eof(copy, (const void *)read_one);
	else
		expect_untracked(copy);
	close(copy);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(pairings); i++) {
		add_call_test(pairings[i].call, stream_pair, &pairings[i], "stream_pair_by_*");
		add_call_test(pairings[i].call, sequenced_pair, &pairings[i],
			      "sequenced_pair_by_*");
		add_call_test(pairings[i].call, datagram_pair_is_silent, &pairings[i],
			      "datagram_pair_by_*_is_silent");
	}
	add_test("accepted_socket", accepted_socket);
	add_test("unknown_socket", unknown_socket);
	return run_call_tests(argc, argv, "interposed.unix_sockets");
}
