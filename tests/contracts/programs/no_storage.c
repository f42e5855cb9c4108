/* SPDX-License-Identifier: MIT */
/*
 * no_storage: a helper that shares our memory runs on thread-local storage of zeros, as Chromium's
 * sandbox makes them, and makes all calls that succeed there without the recorder.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loopback.h"

#define STACK_SIZE ((size_t)1 << 17)
#define PAGE       ((size_t)4096)

static int listener;
static struct sockaddr_in address;

/* Which call comes next, for whoever asks why the helper died. */
static volatile int place;
#define CHECK(call)                                                                                \
	do {                                                                                       \
		place = __LINE__;                                                                  \
		if (!(call))                                                                       \
			_exit(__LINE__ % 251 + 1);                                                 \
	} while (0)

static void transfer(int from, int to)
{
	char bytes[8] = "1234567";
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct mmsghdr messages = { .msg_hdr = message };

	CHECK(write(to, bytes, 8) == 8);
	CHECK(read(from, bytes, 8) == 8);
	CHECK(send(to, bytes, 8, 0) == 8);
	CHECK(recv(from, bytes, 8, 0) == 8);
	CHECK(writev(to, &part, 1) == 8);
	CHECK(readv(from, &part, 1) == 8);
	CHECK(sendto(to, bytes, 8, 0, NULL, 0) == 8);
	CHECK(recvfrom(from, bytes, 8, 0, NULL, NULL) == 8);
	CHECK(sendmsg(to, &message, 0) == 8);
	CHECK(recvmsg(from, &message, 0) == 8);
	CHECK(sendmmsg(to, &messages, 1, 0) == 1);
	CHECK(recvmmsg(from, &messages, 1, 0, NULL) == 1);
	CHECK(syscall(SYS_write, to, bytes, 8) == 8);
	CHECK(syscall(SYS_read, from, bytes, 8) == 8);
}

static void make_connection(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	socklen_t length = sizeof(int);
	int one, other, copy, set, error;
	char byte;

	CHECK((one = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
	CHECK(connect(one, (const struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK((other = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0);
	CHECK(getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length) == 0);
	transfer(other, one);
	CHECK((set = epoll_create1(0)) >= 0);
	CHECK(epoll_ctl(set, EPOLL_CTL_ADD, other, &event) == 0);
	CHECK(epoll_wait(set, &event, 1, 0) == 0);
	CHECK((copy = dup(other)) >= 0);
	CHECK(dup2(other, copy) == copy);
	CHECK(dup3(other, copy, O_CLOEXEC) == copy);
	CHECK(fcntl(copy, F_GETFD) == FD_CLOEXEC);
	CHECK(close(copy) == 0);
	CHECK((copy = fcntl(other, F_DUPFD, 100)) >= 100);
	CHECK(close_range((unsigned int)copy, (unsigned int)copy, 0) == 0);
	CHECK(shutdown(one, SHUT_WR) == 0);
	CHECK(read(other, &byte, 1) == 0);
	CHECK(recv(other, &byte, 1, 0) == 0);
	CHECK(syscall(SYS_read, other, &byte, 1) == 0);
	CHECK(epoll_wait(set, &event, 1, -1) == 1);
	CHECK(close(set) == 0);
	CHECK(close(other) == 0);
	CHECK(syscall(SYS_close, one) == 0);
}

static int helper(void *unused)
{
	const stack_t none = { .ss_flags = SS_DISABLE };
	int ends[2];
	char byte;

	(void)unused;
	make_connection();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(close(ends[0]) == 0);
	CHECK(read(ends[1], &byte, 1) == 0);
	CHECK(close(ends[1]) == 0);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	closefrom(ends[0]);
	CHECK(sigaltstack(&none, NULL) == 0);
	CHECK(prctl(PR_GET_DUMPABLE) >= 0);
	_exit(0);
}

int main(void)
{
	char *stack =
		mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *storage =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t child;

	must(stack != MAP_FAILED && storage != MAP_FAILED, "mmap");
	listener = loopback_listen(&address);
	child = clone(helper, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_SETTLS | SIGCHLD,
		      NULL, NULL, storage + PAGE, NULL);
	must(child > 0, "clone");
	must(waitpid(child, &status, 0) == child, "waitpid");
	printf("status %#x, line %d\n", status, status ? place : 0);
	return status != 0;
}
