/* SPDX-License-Identifier: MIT */
/*
 * errno_kept: prints errno at main, and then of many calls, failing and not, what they returned and
 * what errno was then: 77 where it was left alone. Recorded it must say the same as bare.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loopback.h"

static int at_main;

static void print_outcome(const char *call, long result, int error)
{
	printf("%s = %ld, errno %d\n", call, result, error);
}

#define SAY(call)                                                                                  \
	do {                                                                                       \
		long result_;                                                                      \
		errno = 77;                                                                        \
		result_ = (long)(call);                                                            \
		print_outcome(#call, result_, errno);                                              \
	} while (0)

static void *volatile nowhere; /* NULL, which the compiler must not know */
static char buffer[256];
static struct iovec part = { .iov_base = buffer, .iov_len = sizeof(buffer) };
static struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

static void after_eof(int fd)
{
	SAY(read(fd, buffer, 10));
	SAY(read(fd, buffer, 0));
	SAY(readv(fd, &part, 1));
	SAY(recv(fd, buffer, 10, 0));
	SAY(recv(fd, buffer, 10, MSG_PEEK));
	SAY(recv(fd, buffer, 10, MSG_DONTWAIT));
	SAY(recvfrom(fd, buffer, 10, 0, NULL, NULL));
	SAY(recvmsg(fd, &message, 0));
	SAY(syscall(SYS_read, fd, buffer, 10));
}

static void on_wrong_descriptors(void)
{
	int file = open("/dev/null", O_RDWR);
	int wrong[2] = { file, 900 }, i;

	for (i = 0; i < 2; i++) {
		SAY(recv(wrong[i], buffer, 10, 0));
		SAY(send(wrong[i], buffer, 10, 0));
		SAY(read(wrong[i], buffer, 10));
		SAY(write(wrong[i], buffer, 10));
		SAY(accept(wrong[i], NULL, NULL));
		SAY(accept4(wrong[i], NULL, NULL, SOCK_CLOEXEC));
		SAY(listen(wrong[i], 5));
		SAY(shutdown(wrong[i], SHUT_RDWR));
		SAY(connect(wrong[i], nowhere, 0));
		SAY(getsockopt(wrong[i], SOL_SOCKET, SO_ERROR, NULL, NULL));
		SAY(epoll_ctl(wrong[i], EPOLL_CTL_DEL, 0, NULL));
		SAY(fcntl(wrong[i], F_GETFL) & O_ACCMODE);
		SAY(dup2(wrong[i], -1));
		SAY(dup3(wrong[i], wrong[i], 0));
		SAY(sendmsg(wrong[i], &message, 0));
		SAY(recvmsg(wrong[i], nowhere, 0));
	}
	SAY(read(file, nowhere, 10));
	SAY(close(file));
	SAY(close(file));
	SAY(close(-1));
	SAY(socket(AF_INET, 99, 0));
	SAY(socket(12345, SOCK_STREAM, 0));
	SAY(socketpair(AF_INET, SOCK_STREAM, 0, nowhere));
	SAY(close_range(10, 5, 0));
	SAY(close_range(800, 900, 1 << 20));
	SAY(syscall(SYS_close, 900));
	SAY(syscall(99999, 1, 2, 3));
	SAY(execl("/nowhere", "nowhere", (char *)NULL));
	SAY(execve("/nowhere", nowhere, nowhere));
	SAY(fdopen(900, "r") == NULL);
	SAY(sendfile(900, 901, NULL, 10));
	SAY(pipe2((int *)buffer, 1 << 30));
}

static void on_sockets(void)
{
	struct sockaddr_in address, nobody = { .sin_family = AF_INET };
	int listener = loopback_listen(&address), error, refused;
	struct connection one = loopback_connect(listener, &address);
	socklen_t size = sizeof(error);
	int file, blocking;

	SAY(fcntl(listener, F_SETFL, O_NONBLOCK));
	SAY(accept(listener, NULL, NULL));
	SAY(accept4(listener, (struct sockaddr *)&address, NULL, 0));
	blocking = one.client;
	SAY(recv(blocking, buffer, 10, MSG_DONTWAIT));
	SAY(send(blocking, "hello", 5, 0));
	SAY(recv(one.server, buffer, 10, 0));
	SAY(recv(one.server, nowhere, 10, MSG_DONTWAIT));
	SAY(send(one.server, (void *)8, 10, 0));
	loopback_read_eof(&one);
	after_eof(one.server);
	SAY(getsockopt(one.server, SOL_SOCKET, SO_ERROR, &error, &size));
	SAY(send(one.server, "x", 1, MSG_NOSIGNAL));
	/* The answer to that is a reset; wait for it. */
	while (recv(one.server, buffer, 1, 0) == 0 && send(one.server, "x", 1, MSG_NOSIGNAL) == 1)
		;
	SAY(send(one.server, "x", 1, MSG_NOSIGNAL));
	SAY(write(one.server, "x", 1));
	SAY(shutdown(one.server, SHUT_RDWR));
	SAY(shutdown(one.server, 12));
	SAY(dup2(one.server, 700));
	SAY(dup2(700, 700));
	SAY(fcntl(700, F_DUPFD, 710));
	SAY(fcntl(700, F_DUPFD_CLOEXEC, 720));
	SAY(close(700));
	SAY(close_range(710, 730, 0));
	SAY(close(one.server));
	nobody.sin_addr = address.sin_addr;
	nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	nobody.sin_port = htons(1);
	refused = socket(AF_INET, SOCK_STREAM, 0);
	SAY(connect(refused, (struct sockaddr *)&nobody, sizeof(nobody)));
	SAY(connect(refused, nowhere, 0));
	SAY(close(refused));
	file = open("/proc/self/cmdline", O_RDONLY);
	SAY(read(file, buffer, 1));
	SAY(lseek(file, 0, SEEK_END) >= 0 || read(file, buffer, 0) == 0);
	SAY(close(file));
}

static void on_processes(void)
{
	int status;
	pid_t child;

	errno = 77;
	child = fork();
	if (child == 0)
		_exit(errno == 77 ? 3 : errno);
	print_outcome("errno after fork in the parent", 0, errno);
	waitpid(child, &status, 0);
	print_outcome("errno after fork in the child", WEXITSTATUS(status), 0);
	SAY(system("exit 3"));
	SAY(system(NULL) != 0);
}

static void on_streams(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	struct connection one = loopback_connect(listener, &address);
	FILE *stream = fdopen(one.server, "r");
	char *line = NULL;
	size_t room = 0;

	must(send(one.client, "a line\nthe rest", 15, 0) == 15, "send");
	must(shutdown(one.client, SHUT_WR) == 0, "shutdown");
	SAY(getline(&line, &room, stream));
	SAY(fread(buffer, 1, 100, stream));
	SAY(feof(stream) != 0);
	SAY(fgetc(stream));
	SAY(fclose(stream));
	free(line);
	close(one.client);
	close(listener);
}

int main(void)
{
	unsigned long mask = 0;

	at_main = errno;
	signal(SIGPIPE, SIG_IGN);
	printf("errno at main: %d\n", at_main);
	on_wrong_descriptors();
	on_sockets();
	on_streams();
	on_processes();
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
	printf("blocked signals: %lx\n", mask);
	return 0;
}
