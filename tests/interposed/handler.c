/* SPDX-License-Identifier: MIT */
/*
 * What leads to the handler of a connection: stacks of its own use, what came next after its end,
 * and what its number was before.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"

/* Transfers of one thread of which one is noted (preload/events/transfers.h). */
#define PERIOD 128

static char byte = 'x';

extern ssize_t __read(int fd, void *buffer, size_t length);
extern ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room);
extern ssize_t __recv(int fd, void *buffer, size_t length, int flags);
extern ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
			      struct sockaddr *from, socklen_t *from_length);
extern ssize_t __write(int fd, const void *buffer, size_t length);
extern ssize_t __send(int fd, const void *buffer, size_t length, int flags);

static ssize_t by_read(int fd)
{
	return read(fd, &byte, 1);
}

static ssize_t by___read(int fd)
{
	return __read(fd, &byte, 1);
}

static ssize_t by___read_chk(int fd)
{
	return __read_chk(fd, &byte, 1, 1);
}

static ssize_t by_readv(int fd)
{
	return readv(fd, &(struct iovec){ &byte, 1 }, 1);
}

static ssize_t by_preadv2(int fd)
{
	return preadv2(fd, &(struct iovec){ &byte, 1 }, 1, -1, 0);
}

static ssize_t by_recv(int fd)
{
	return recv(fd, &byte, 1, 0);
}

static ssize_t by___recv(int fd)
{
	return __recv(fd, &byte, 1, 0);
}

static ssize_t by___recv_chk(int fd)
{
	return __recv_chk(fd, &byte, 1, 1, 0);
}

static ssize_t by_recvfrom(int fd)
{
	return recvfrom(fd, &byte, 1, 0, NULL, NULL);
}

static ssize_t by___recvfrom_chk(int fd)
{
	return __recvfrom_chk(fd, &byte, 1, 1, 0, NULL, NULL);
}

static ssize_t by_recvmsg(int fd)
{
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return recvmsg(fd, &message, 0);
}

static ssize_t by_write(int fd)
{
	return write(fd, &byte, 1);
}

static ssize_t by___write(int fd)
{
	return __write(fd, &byte, 1);
}

static ssize_t by_writev(int fd)
{
	return writev(fd, &(struct iovec){ &byte, 1 }, 1);
}

static ssize_t by_pwritev2(int fd)
{
	return pwritev2(fd, &(struct iovec){ &byte, 1 }, 1, -1, 0);
}

static ssize_t by_send(int fd)
{
	return send(fd, &byte, 1, 0);
}

static ssize_t by___send(int fd)
{
	return __send(fd, &byte, 1, 0);
}

static ssize_t by_sendto(int fd)
{
	return sendto(fd, &byte, 1, 0, NULL, 0);
}

static ssize_t by_sendmsg(int fd)
{
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return sendmsg(fd, &message, 0);
}

static const struct transfer {
	const char *call;
	ssize_t (*move)(int fd);
	bool writes;
} transfers[] = {
	{ "read", by_read, false },
	{ "__read", by___read, false },
	{ "__read_chk", by___read_chk, false },
	{ "readv", by_readv, false },
	{ "preadv2", by_preadv2, false },
	{ "recv", by_recv, false },
	{ "__recv", by___recv, false },
	{ "__recv_chk", by___recv_chk, false },
	{ "recvfrom", by_recvfrom, false },
	{ "__recvfrom_chk", by___recvfrom_chk, false },
	{ "recvmsg", by_recvmsg, false },
	{ "write", by_write, true },
	{ "__write", by___write, true },
	{ "writev", by_writev, true },
	{ "pwritev2", by_pwritev2, true },
	{ "send", by_send, true },
	{ "__send", by___send, true },
	{ "sendto", by_sendto, true },
	{ "sendmsg", by_sendmsg, true },
};

static void give(const struct connection *connection)
{
	assert_int_equal(unseen_write(connection->theirs, &byte, 1), 1);
}

static void first_transfer_is_noted(void **state)
{
	const struct transfer *transfer = *state;
	struct connection connection = connected();
	const struct recorded_socket *row;

	give(&connection);
	assert_int_equal(transfer->move(connection.ours), 1);
	if (is_recorded()) {
		row = row_of(connection.ours);
		assert_non_null(row);
		assert_true(stack_begins_in(own_recording(),
					    transfer->writes ? row->write_stack : row->read_stack,
					    (const void *)transfer->move));
		assert_int_equal(transfer->writes ? row->read_stack : row->write_stack, 0);
		assert_int_equal(row->touched_thread, getpid());
		assert_true(row->touched_ns > row->opened_ns);
	}
	disconnect(&connection);
}

static ssize_t waiting_recv(int fd)
{
	return recv(fd, &byte, 1, MSG_DONTWAIT);
}

static ssize_t later_recv(int fd)
{
	return recv(fd, &byte, 1, MSG_DONTWAIT);
}

/* Is it where CONNECTION was read? */
static bool was_read_in(const struct connection *connection, ssize_t (*reader)(int fd))
{
	return stack_begins_in(own_recording(), row_of(connection->ours)->read_stack,
			       (const void *)reader);
}

/* Asio's handlers read ahead of the loop, and find nothing: the loop gets what comes. */
static void first_read_without_bytes_is_noted(void **state)
{
	struct connection connection = connected();

	(void)state;
	assert_int_equal(waiting_recv(connection.ours), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(later_recv(connection.ours), -1);
	if (is_recorded())
		assert_true(was_read_in(&connection, waiting_recv));
	give(&connection);
	assert_int_equal(by_recv(connection.ours), 1);
	if (is_recorded())
		assert_true(was_read_in(&connection, by_recv));
	assert_int_equal(waiting_recv(connection.ours), -1);
	if (is_recorded())
		assert_true(was_read_in(&connection, by_recv));
	disconnect(&connection);
}

static ssize_t another_send(int fd)
{
	return send(fd, &byte, 1, 0);
}

static void one_of_many_transfers_is_noted(void **state)
{
	struct connection connection = connected();
	int i;

	(void)state;
	assert_int_equal(by_send(connection.ours), 1);
	if (is_recorded())
		assert_true(stack_begins_in(own_recording(), row_of(connection.ours)->write_stack,
					    (const void *)by_send));
	for (i = 0; i < PERIOD; i++)
		assert_int_equal(another_send(connection.ours), 1);
	if (is_recorded())
		assert_true(stack_begins_in(own_recording(), row_of(connection.ours)->write_stack,
					    (const void *)another_send));
	disconnect(&connection);
}

/* What a number meant before does not matter for what it means now. */
static void next_socket_is_noted_anew(void **state)
{
	struct connection connection = connected();
	int number = connection.ours;

	(void)state;
	assert_int_equal(by_send(number), 1);
	disconnect(&connection);
	connection = connected();
	assert_int_equal(connection.ours, number);
	if (is_recorded())
		assert_int_equal(row_of(number)->write_stack, 0);
	assert_int_equal(another_send(number), 1);
	if (is_recorded())
		assert_true(stack_begins_in(own_recording(), row_of(number)->write_stack,
					    (const void *)another_send));
	disconnect(&connection);
}

static struct connection other;
static int set;

static void next_close(int fd)
{
	(void)fd;
	close(other.ours);
}

static void next_shutdown(int fd)
{
	(void)fd;
	shutdown(other.ours, SHUT_WR);
}

static void next_write(int fd)
{
	(void)fd;
	assert_int_equal(by_send(other.ours), 1);
}

static void next_epoll_del(int fd)
{
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL), 0);
}

/* A library's call ahead of the handler's. */
static void next_epoll_and_close(int fd)
{
	next_epoll_del(fd);
	close(other.ours);
}

static void next_poll(int fd)
{
	struct epoll_event got;

	(void)fd;
	epoll_wait(set, &got, 1, 0);
	close(other.ours);
}

extern int __poll(struct pollfd *polled, nfds_t count, int timeout_ms);
extern int __poll_chk(struct pollfd *polled, nfds_t count, int timeout_ms, size_t room);
extern int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
		       const sigset_t *mask, size_t room);
extern int __select(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		    struct timeval *timeout);

static const struct timespec at_once = { 0 };

/* What is waited for: the finished connection, and the other one where there are two. */
static struct pollfd polled[2];
static nfds_t polled_count;

static void by_poll(void)
{
	assert_true(poll(polled, polled_count, 0) >= 0);
}

static void by___poll(void)
{
	assert_true(__poll(polled, polled_count, 0) >= 0);
}

static void by___poll_chk(void)
{
	assert_true(__poll_chk(polled, polled_count, 0, sizeof(polled)) >= 0);
}

static void by_ppoll(void)
{
	assert_true(ppoll(polled, polled_count, &at_once, NULL) >= 0);
}

static void by___ppoll_chk(void)
{
	assert_true(__ppoll_chk(polled, polled_count, &at_once, NULL, sizeof(polled)) >= 0);
}

/* What is polled, as select() has it: each is in two sets. */
static fd_set selected(int *limit)
{
	fd_set all;
	nfds_t i;

	FD_ZERO(&all);
	*limit = 0;
	for (i = 0; i < polled_count; i++) {
		FD_SET(polled[i].fd, &all);
		if (*limit <= polled[i].fd)
			*limit = polled[i].fd + 1;
	}
	return all;
}

static void by_select(void)
{
	struct timeval none = { 0 };
	int limit;
	fd_set reading = selected(&limit), except = reading;

	assert_true(select(limit, &reading, NULL, &except, &none) >= 0);
}

static void by___select(void)
{
	struct timeval none = { 0 };
	int limit;
	fd_set reading = selected(&limit), except = reading;

	assert_true(__select(limit, &reading, NULL, &except, &none) >= 0);
}

static void by_pselect(void)
{
	int limit;
	fd_set reading = selected(&limit), except = reading;

	assert_true(pselect(limit, &reading, NULL, &except, &at_once, NULL) >= 0);
}

#ifdef SYS_poll
static void by_syscall_poll(void)
{
	assert_true(syscall(SYS_poll, polled, polled_count, 0) >= 0);
}

static void by_syscall_select(void)
{
	struct timeval none = { 0 };
	int limit;
	fd_set reading = selected(&limit), except = reading;

	assert_true(syscall(SYS_select, limit, &reading, NULL, &except, &none) >= 0);
}
#endif

static void by_syscall_ppoll(void)
{
	assert_true(syscall(SYS_ppoll, polled, polled_count, &at_once, NULL, 0) >= 0);
}

static void by_syscall_pselect6(void)
{
	int limit;
	fd_set reading = selected(&limit), except = reading;

	assert_true(syscall(SYS_pselect6, limit, &reading, NULL, &except, &at_once, NULL) >= 0);
}

static const struct waiting {
	const char *call;
	void (*wait)(void);
} waitings[] = {
	{ "poll", by_poll },
	{ "__poll", by___poll },
	{ "__poll_chk", by___poll_chk },
	{ "ppoll", by_ppoll },
	{ "__ppoll_chk", by___ppoll_chk },
	{ "select", by_select },
	{ "__select", by___select },
	{ "pselect", by_pselect },
#ifdef SYS_poll
	{ "syscall poll", by_syscall_poll },
	{ "syscall select", by_syscall_select },
#endif
	{ "syscall ppoll", by_syscall_ppoll },
	{ "syscall pselect6", by_syscall_pselect6 },
};

/* After an end, waits by WAITING for COUNT descriptors, and closes another connection. */
static void expect_next_after_waiting(const struct waiting *waiting, nfds_t count,
				      enum recorded_next next)
{
	struct connection connection;
	const struct recorded_socket *row;

	other = connected();
	connection = half_closed();
	assert_int_equal(by_read(connection.ours), 0);
	polled[0] = (struct pollfd){ .fd = connection.ours, .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = other.ours, .events = POLLIN };
	polled_count = count;
	waiting->wait();
	close(other.ours);
	if (is_recorded()) {
		row = row_of(connection.ours);
		assert_int_equal(row->next, next);
		assert_true(row->next_ns >= row->eof_ns);
	}
	disconnect(&other);
	disconnect(&connection);
}

static void waiting_for_several_ends_what_came_next(void **state)
{
	expect_next_after_waiting(*state, 2, NEXT_POLLED);
}

static void close_after_waiting_for_one_came_next(void **state)
{
	expect_next_after_waiting(*state, 1, NEXT_CLOSE);
}

/* What a loop does in its many turns afterwards has nothing to do with the end. */
static void loop_that_waits_for_one_is_let_go(void **state)
{
	const struct waiting *waiting = *state;
	const struct recorded_socket *row;
	struct connection connection;
	unsigned int i;

	other = connected();
	connection = half_closed();
	assert_int_equal(by_read(connection.ours), 0);
	polled[0] = (struct pollfd){ .fd = connection.ours, .events = POLLIN };
	polled_count = 1;
	for (i = 0; i < 4; i++)
		waiting->wait();
	close(other.ours);
	if (is_recorded()) {
		row = row_of(connection.ours);
		assert_int_equal(row->next, NEXT_POLLED);
	}
	disconnect(&other);
	disconnect(&connection);
}

static void sleeping_is_no_waiting(void **state)
{
	const struct waiting *waiting = *state;
	struct connection connection = half_closed();

	polled_count = 0;
	assert_int_equal(by_read(connection.ours), 0);
	waiting->wait();
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->next, NEXT_NONE);
	disconnect(&connection);
}

static void sets_that_are_no_memory_do_no_harm(void **state)
{
	void *nowhere = (void *)(uintptr_t)8;
	struct connection connection = half_closed();

	(void)state;
	assert_int_equal(by_read(connection.ours), 0);
	assert_int_equal(select(64, nowhere, NULL, NULL, NULL), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(poll(nowhere, 1, 0), -1);
	assert_int_equal(errno, EFAULT);
	disconnect(&connection);
}

/*
 * select() reads as many bytes of a set as its limit says, wherever they lie. The kernel lowers the
 * limit to the size of the descriptor table, which is 64 in a process that has had few descriptors.
 */
static void set_at_the_end_of_memory_is_read(void **state)
{
	static const struct {
		size_t bytes; /* of the set that are memory */
		int limit, result;
	} ends[] = {
		{ 8, 64, 0 }, { 16, 128, 0 }, { 16, 1024, -1 }, { 4, 64, -1 }, { 12, 128, -1 }
	};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	char *room =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int high = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 1023);

	(void)state;
	assert_true(high >= 0);
	assert_ptr_not_equal(room, MAP_FAILED);
	assert_int_equal(mprotect(room + page, page, PROT_NONE), 0);
	for (i = 0; i < COUNT_OF(ends); i++) {
		struct connection connection = half_closed();
		struct timeval none = { 0 };
		void *place = room + page - ends[i].bytes;

		assert_int_equal(by_read(connection.ours), 0);
		assert_int_equal(select(ends[i].limit, place, NULL, NULL, &none), ends[i].result);
		if (ends[i].result < 0)
			assert_int_equal(errno, EFAULT);
		disconnect(&connection);
	}
	close(high);
	munmap(room, 2 * page);
}

static const struct following {
	const char *call;
	void (*act)(int fd);
	enum recorded_next next;
	bool own, has_stack;
} followings[] = {
	{ "close", next_close, NEXT_CLOSE, false, true },
	{ "shutdown", next_shutdown, NEXT_SHUTDOWN, false, true },
	{ "send", next_write, NEXT_WRITE, false, true },
	{ "epoll_ctl", next_epoll_del, NEXT_EPOLL_DEL, true, true },
	{ NULL, next_epoll_and_close, NEXT_CLOSE, false, true },
	{ "epoll_wait", next_poll, NEXT_POLLED, false, false },
};

static void what_came_next_is_noted(void **state)
{
	const struct following *following = *state;
	struct epoll_event wanted = { .events = EPOLLIN };
	struct connection connection;
	const struct recorded_socket *row;

	other = connected();
	connection = half_closed();
	set = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	/* Uses of before are none of after. */
	assert_int_equal(by_send(other.ours), 1);
	assert_int_equal(by_read(connection.ours), 0);
	following->act(connection.ours);
	if (is_recorded()) {
		row = row_of(connection.ours);
		assert_int_equal(row->next, following->next);
		assert_true(row->next_ns >= row->eof_ns);
		if (following->has_stack)
			assert_true(stack_passes(own_recording(), row->next_stack,
						 (const void *)following->act));
		else
			assert_int_equal(row->next_stack, 0);
		if (following->next != NEXT_POLLED)
			assert_int_equal(row->next_fd,
					 following->own ? connection.ours : other.ours);
	}
	close(set);
	disconnect(&other);
	disconnect(&connection);
}

/* Once: what comes later belongs to others. */
static void only_the_next_call_is_noted(void **state)
{
	struct connection connection;

	(void)state;
	other = connected();
	connection = half_closed();
	assert_int_equal(by_read(connection.ours), 0);
	next_shutdown(connection.ours);
	next_close(connection.ours);
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->next, NEXT_SHUTDOWN);
	disconnect(&other);
	disconnect(&connection);
}

static void drop(int fd)
{
	close(fd);
}

static void number_of_accepted_socket_is_traced(void **state)
{
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), ours, accepted, again;

	(void)state;
	ours = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(ours, address_of(&address), address.length), 0);
	accepted = accept(listener, NULL, NULL);
	drop(accepted);
	close(ours);
	/* Both numbers are free: the client takes the lower one. */
	ours = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(ours, address_of(&address), address.length), 0);
	again = accept(listener, NULL, NULL);
	assert_int_equal(again, accepted);
	if (is_recorded()) {
		assert_true(row_of(again)->number_closed_ns > 0);
		assert_true(row_of(again)->number_closed_ns <= row_of(again)->opened_ns);
		assert_true(stack_begins_in(own_recording(), row_of(again)->number_closed_stack,
					    (const void *)drop));
	}
	close(again);
	close(ours);
	close(listener);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(transfers); i++)
		add_call_test(transfers[i].call, first_transfer_is_noted, &transfers[i],
			      "first_transfer_by_*_is_noted");
	add_test("one_of_many_transfers_is_noted", one_of_many_transfers_is_noted);
	add_test("first_read_without_bytes_is_noted", first_read_without_bytes_is_noted);
	add_test("next_socket_is_noted_anew", next_socket_is_noted_anew);
	for (i = 0; i < COUNT_OF(followings); i++)
		add_call_test(followings[i].call, what_came_next_is_noted, &followings[i],
			      "next_call_of_*_is_noted");
	for (i = 0; i < COUNT_OF(waitings); i++) {
		add_call_test(waitings[i].call, waiting_for_several_ends_what_came_next,
			      &waitings[i], "waiting_by_*_ends_what_came_next");
		add_call_test(waitings[i].call, close_after_waiting_for_one_came_next, &waitings[i],
			      "close_after_waiting_by_*_for_one_came_next");
		add_call_test(waitings[i].call, sleeping_is_no_waiting, &waitings[i],
			      "sleeping_by_*_is_no_waiting");
		add_call_test(waitings[i].call, loop_that_waits_for_one_is_let_go, &waitings[i],
			      "loop_that_waits_by_*_for_one_is_let_go");
	}
	add_test("sets_that_are_no_memory_do_no_harm", sets_that_are_no_memory_do_no_harm);
	add_test("set_at_the_end_of_memory_is_read", set_at_the_end_of_memory_is_read);
	add_test("only_the_next_call_is_noted", only_the_next_call_is_noted);
	add_test("number_of_accepted_socket_is_traced", number_of_accepted_socket_is_traced);
	return run_call_tests(argc, argv, "interposed.handler");
}
