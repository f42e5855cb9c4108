/* SPDX-License-Identifier: MIT */
/*
 * bench-tables FOLDER OPEN THREADS ROUNDS: what the recorder's tables cost, without system calls
 * and stacks, while OPEN sockets are in them: more than a process may have descriptors. THREADS
 * threads close and open again random ones of their share; prints, for each of ROUNDS rounds, ns of
 * CPU time of a thread for one EOF, close and open.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "preload/platform/clock.h"
#include "preload/ledger/ledger_create.h"
#include "preload/ledger/socket_table.h"

#define BATCH       20000
#define THREADS_MAX 64

/* Stacks are not interned here: any number is a stack id. */
#define OPENED 1
#define ENDED  2
#define CLOSED 3

struct worker {
	pthread_t thread;
	int first_fd;
	int count;
	uint64_t random;
	double ns; /* of the last round, for one socket */
};

static struct ledger ledger;
static pthread_barrier_t begin, end;
static int rounds;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-tables: %s failed\n", what);
	exit(1);
}

static void open_socket(int fd)
{
	const struct new_socket fresh = { .kind = KIND_TCP, .fd = fd, .opened_ns = clock_now() };
	struct held_socket held = socket_take(&ledger, &fresh);

	must(socket_is_held(held), "taking a row");
	held.row->opened_stack = OPENED;
	socket_publish(&ledger, held, fd);
}

static void end_socket(int fd)
{
	struct held_socket held = socket_acquire(&ledger, fd);

	must(socket_is_held(held), "holding a row");
	must(socket_claim(held, LIFE_EOF), "claiming EOF");
	socket_note_eof(&ledger, held, ENDED, clock_now());
	socket_release(&ledger, held);
}

static void close_socket(int fd)
{
	must(socket_close(&ledger, fd, CLOSED, clock_now()), "closing what is open");
}

/* xorshift64 */
static uint32_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static uint64_t cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	uint64_t start;
	int round, i;

	for (round = 0; round < rounds; round++) {
		pthread_barrier_wait(&begin);
		start = cpu_now();
		for (i = 0; i < BATCH; i++) {
			int fd = worker->first_fd +
				 (int)(next_random(&worker->random) % worker->count);

			end_socket(fd);
			close_socket(fd);
			open_socket(fd);
		}
		worker->ns = (double)(cpu_now() - start) / BATCH;
		pthread_barrier_wait(&end);
	}
	return NULL;
}

static void start_recording(const char *folder)
{
	const struct ledger_identity identity = { .origin = ORIGIN_EXEC,
						  .pid = getpid(),
						  .file_size_limit = UINT64_MAX,
						  .frames_limit = 1,
						  .name = "bench-tables",
						  .version = "",
						  .executable = "bench-tables",
						  .command = "bench-tables",
						  .command_size = sizeof("bench-tables") };

	must(ledger_create(&ledger, folder, &identity), "creating a recording");
}

static void check(int open)
{
	uint64_t lost = 0;
	int i;

	for (i = 0; i < LOST_KINDS; i++)
		lost += ledger.header->lost[i];
	must(lost == 0, "recording everything");
	must(ledger_used(&ledger, SECTION_SOCKETS) >= (uint64_t)open, "having all rows");
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	int open, threads, round, i;

	must(argc == 5, "usage: bench-tables FOLDER OPEN THREADS ROUNDS, which");
	open = atoi(argv[2]);
	threads = atoi(argv[3]);
	rounds = atoi(argv[4]);
	must(threads > 0 && threads <= THREADS_MAX && open >= threads && rounds > 0, "that");
	start_recording(argv[1]);
	for (i = 0; i < open; i++)
		open_socket(i);

	pthread_barrier_init(&begin, NULL, threads + 1);
	pthread_barrier_init(&end, NULL, threads + 1);
	for (i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .first_fd = open / threads * i,
					      .count = open / threads,
					      .random = 0x9e3779b97f4a7c15u * (i + 1) };
		must(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0,
		     "pthread_create");
	}
	for (round = 0; round < rounds; round++) {
		double ns = 0;

		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&end);
		for (i = 0; i < threads; i++)
			ns += workers[i].ns;
		printf("%.1f\n", ns / threads);
	}
	for (i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	check(open);
	return 0;
}
