/* SPDX-License-Identifier: MIT */
/*
 * A pool of threads with a queue: the job reads to the end of the stream, counts, and is done.
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKERS 3

struct job {
	void (*run)(struct job *job);
	int connection;
	struct job *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct job *queue;
static unsigned int bytes_served;

static void serve_connection(struct job *job)
{
	char request[512];
	ssize_t length;

	while ((length = recv(job->connection, request, sizeof(request), 0)) > 0) { /* LEAK: eof */
		__atomic_fetch_add(&bytes_served, (unsigned int)length, __ATOMIC_RELAXED);
		send(job->connection, request, (size_t)length, MSG_NOSIGNAL);
	}
#ifdef FIXED
	close(job->connection);
#endif
}

static void add_job(struct job *job)
{
	pthread_mutex_lock(&lock);
	job->next = queue;
	queue = job;
	pthread_cond_signal(&more);
	pthread_mutex_unlock(&lock);
}

static struct job *take_job(void)
{
	struct job *job;

	pthread_mutex_lock(&lock);
	while (!queue)
		pthread_cond_wait(&more, &lock);
	job = queue;
	queue = job->next;
	pthread_mutex_unlock(&lock);
	return job;
}

static void *work(void *unused)
{
	(void)unused;
	for (;;) {
		struct job *job = take_job();

		job->run(job);
		free(job);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	pthread_t thread;

	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&thread, NULL, work, NULL))
			return 1;
	while (traffic_wait(listener)) {
		struct job *job = calloc(1, sizeof(*job));

		if (!job)
			return 1;
		job->run = serve_connection;
		job->connection = accept(listener, NULL, NULL); /* LEAK: opened */
		add_job(job);
	}
	printf("%u bytes served\n", __atomic_load_n(&bytes_served, __ATOMIC_RELAXED));
	return 0;
}
