/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "cases.h"
#include "frames.h"
#include "loopback.h"

#define WARM        2
#define THREADS_MAX 8

struct worker {
	const struct bench_case *as;
	const struct calls *set;
	pthread_barrier_t *ready;
	pthread_t thread;
	struct sockaddr_in address;
	int listener;
	int fd;
	int count;
	uint64_t cpu_ns;
};

static void serve_one(void *argument)
{
	struct worker *worker = argument;
	char byte;

	worker->fd = worker->set->accept4(worker->listener, NULL, NULL, 0);
	if (worker->fd < 0 || worker->set->recv(worker->fd, &byte, 1, 0) != 0 ||
	    worker->set->close(worker->fd) != 0)
		abort();
}

static void serve(struct worker *worker, int count)
{
	static int depth;

	while (count-- > 0) {
		bare.close(loopback_client(&worker->address));
		frames_below(worker->as->frames, &depth, serve_one, worker);
	}
}

static uint64_t cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	uint64_t start;

	/* What a new thread's first connection costs besides is not what is measured. */
	serve(worker, WARM);
	pthread_barrier_wait(worker->ready);
	start = cpu_now();
	serve(worker, worker->count);
	worker->cpu_ns = cpu_now() - start;
	return NULL;
}

struct took run_together(const struct bench_case *self, const struct calls *set, int count)
{
	struct worker workers[THREADS_MAX];
	pthread_barrier_t ready;
	struct took took = { 0 };
	int i;

	pthread_barrier_init(&ready, NULL, self->threads);
	for (i = 0; i < self->threads; i++) {
		workers[i] =
			(struct worker){ .as = self, .set = set, .ready = &ready, .count = count };
		workers[i].listener = loopback_listen(&workers[i].address, &bare);
		must(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0,
		     "pthread_create");
	}
	for (i = 0; i < self->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		took.whole_ns += workers[i].cpu_ns / self->threads;
		bare.close(workers[i].listener);
	}
	pthread_barrier_destroy(&ready);
	return took;
}
