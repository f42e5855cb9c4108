/* SPDX-License-Identifier: MIT */
/*
 * An event loop that hangs: a worker waits for the next request or the end of each connection by
 * epoll, and closes. But its first handler takes a lock that another thread never releases, so the
 * worker does not get back to epoll_wait().
 * finleak: fin-unread, reason not-polled-since.
 */
#include "traffic.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static int worker_epoll, rotate_journal;
static sem_t rotating;

static void watch(int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(worker_epoll, EPOLL_CTL_ADD, fd, &event))
		perror("epoll_ctl");
}

static void write_journal(void)
{
	uint64_t count;

	if (read(rotate_journal, &count, sizeof(count)) < 0)
		perror("read");
	sem_post(&rotating);
	pthread_mutex_lock(&journal); /* LEAK: blocked */
	pthread_mutex_unlock(&journal);
}

static void serve_request(int connection)
{
	char request[512];
	ssize_t length = recv(connection, request, sizeof(request), 0);

	if (length > 0)
		send(connection, request, length, MSG_NOSIGNAL);
	else
		close(connection);
}

static void *work(void *argument)
{
	struct epoll_event event;

	while (epoll_wait(worker_epoll, &event, 1, -1) == 1)
		if (event.data.fd == rotate_journal)
			write_journal();
		else
			serve_request(event.data.fd);
	return argument;
}

/* The first request is served here; the worker keeps the connection alive. */
static void accept_client(int listener)
{
	int connection = accept(listener, NULL, NULL); /* LEAK: opened */
	char request[512];
	ssize_t length;

	if (connection < 0)
		return;
	length = recv(connection, request, sizeof(request), 0);
	watch(connection, EPOLLIN | EPOLLRDHUP);
	if (length > 0)
		send(connection, request, length, MSG_NOSIGNAL);
}

static void start_worker(void)
{
	uint64_t one = 1;
	pthread_t worker;

	worker_epoll = epoll_create1(EPOLL_CLOEXEC);
	rotate_journal = eventfd(0, EFD_CLOEXEC);
	watch(rotate_journal, EPOLLIN);
	sem_init(&rotating, 0, 0);
	pthread_mutex_lock(&journal);
	if (pthread_create(&worker, NULL, work, NULL) != 0)
		perror("pthread_create");
	if (write(rotate_journal, &one, sizeof(one)) < 0)
		perror("write");
	/* From here on it has polled, and does not again. */
	sem_wait(&rotating);
#ifdef FIXED
	pthread_mutex_unlock(&journal);
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	start_worker();
	while (traffic_wait(listener))
		accept_client(listener);
	return 0;
}
