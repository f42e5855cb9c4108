/* SPDX-License-Identifier: MIT */
/*
 * cancelled: a thread that blocks in an interposed call can be cancelled there; its clean-up runs.
 * And it is not cancelled in calls that are no cancellation points: the recorder's own work inside
 * of them must not make one.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "loopback.h"

static struct sockaddr_in address;
static int listener;
static struct connection quiet; /* nobody sends anything here */
static int quiet_pipe[2];

static ssize_t call_read(void)
{
	char byte;

	return read(quiet.server, &byte, 1);
}

static ssize_t call_recv(void)
{
	char byte;

	return recv(quiet.server, &byte, 1, 0);
}

static ssize_t call_recvmsg(void)
{
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return recvmsg(quiet.server, &message, 0);
}

static ssize_t call_readv(void)
{
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };

	return readv(quiet.server, &part, 1);
}

static ssize_t call_accept(void)
{
	return accept(listener, NULL, NULL);
}

static ssize_t call_accept4(void)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);

	return accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
}

static ssize_t call_send(void)
{
	static char much[1 << 16];

	while (send(quiet.client, much, sizeof(much), 0) > 0)
		;
	return 0;
}

static ssize_t call_read_of_pipe(void)
{
	char byte;

	return read(quiet_pipe[0], &byte, 1);
}

struct blocking_thread {
	ssize_t (*call)(void);
	pid_t id;
	bool cleaned_up;
};

static void clean_up(void *thread)
{
	((struct blocking_thread *)thread)->cleaned_up = true;
}

static void *block(void *argument)
{
	struct blocking_thread *thread = argument;

	pthread_cleanup_push(clean_up, thread);
	__atomic_store_n(&thread->id, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	thread->call();
	pthread_cleanup_pop(0);
	return NULL;
}

/* Waits until the thread sleeps in the kernel. */
static void wait_until_blocked(const struct blocking_thread *thread)
{
	char path[64], text[256], state = 'R';
	FILE *file;

	while (__atomic_load_n(&thread->id, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread->id);
	while (state != 'S') {
		file = fopen(path, "r");
		must(file && fgets(text, sizeof(text), file), path);
		fclose(file);
		state = strrchr(text, ')')[2];
	}
}

static void cancel_in(const char *name, ssize_t (*call)(void))
{
	struct blocking_thread thread = { .call = call };
	pthread_t id;
	void *result = NULL;

	must(pthread_create(&id, NULL, block, &thread) == 0, "pthread_create");
	wait_until_blocked(&thread);
	must(pthread_cancel(id) == 0, "pthread_cancel");
	must(pthread_join(id, &result) == 0, "pthread_join");
	printf("%s: %s, %s\n", name, result == PTHREAD_CANCELED ? "cancelled" : "not cancelled",
	       thread.cleaned_up ? "cleaned up" : "not cleaned up");
}

/* None of these is a cancellation point. */
static void *call_others(void *argument)
{
	volatile int *passed = argument;
	int fd, value;
	socklen_t size = sizeof(value);

	pthread_cancel(pthread_self());
	fd = socket(AF_INET, SOCK_STREAM, 0);
	*passed = 1;
	dup2(fd, 100);
	*passed = 2;
	shutdown(fd, SHUT_RDWR);
	*passed = 3;
	listen(fd, 5);
	*passed = 4;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &size);
	*passed = 5;
	close_range(100, 100, 0);
	*passed = 6;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	close(fd);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	*passed = 7;
	return NULL;
}

/* A call that fails or ends at once, with a request pending: it is met there, once and whole. */
static void *close_with_request_pending(void *argument)
{
	int fd = *(int *)argument;

	pthread_cancel(pthread_self());
	close(fd);
	return NULL;
}

int main(void)
{
	int passed = 0, fd, i;
	void *result;
	pthread_t id;

	listener = loopback_listen(&address);
	quiet = loopback_connect(listener, &address);
	must(pipe(quiet_pipe) == 0, "pipe");
	cancel_in("read", call_read);
	cancel_in("recv", call_recv);
	cancel_in("recvmsg", call_recvmsg);
	cancel_in("readv", call_readv);
	cancel_in("accept", call_accept);
	cancel_in("accept4", call_accept4);
	cancel_in("send", call_send);
	cancel_in("read of a pipe", call_read_of_pipe);

	for (i = 0; i < 5; i++) {
		must(pthread_create(&id, NULL, call_others, &passed) == 0, "pthread_create");
		must(pthread_join(id, &result) == 0, "pthread_join");
		printf("others: passed %d, %s\n", passed,
		       result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
	}
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(pthread_create(&id, NULL, close_with_request_pending, &fd) == 0, "pthread_create");
	must(pthread_join(id, &result) == 0, "pthread_join");
	printf("close: %s\n", result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
	/* Recording goes on. */
	for (i = 0; i < 10; i++)
		loopback_round(listener, &address);
	return 0;
}
