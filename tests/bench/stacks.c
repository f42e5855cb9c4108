/* SPDX-License-Identifier: MIT */
/*
 * bench-stacks FRAMES: takes stacks of FRAMES frames by the recorder's unwinder, which is built in,
 * without the recorder. Prints what they cost, in ns: the first stack of the process; the same
 * stack, warm (the 10th percentile of 100 batches); a thread's first one; and its second one (the
 * medians of 200 threads).
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "frames.h"
#include "preload/platform/loaded_object.h"
#include "preload/platform/real_calls.h"
#include "preload/unwind/unwind_stack.h"

#define BATCHES 100
#define BATCH   1000
#define THREADS 200

static int frames_wanted;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static size_t take(void)
{
	static const struct unwind_hidden nothing;
	const struct unwind_registers here = unwind_here();
	enum unwind_end end;
	uint64_t pc[64];

	return unwind_stack(&here, &nothing, pc, 64, &end);
}

static void take_once(void *ns)
{
	uint64_t start = now_ns();
	size_t frames = take();

	*(double *)ns = (double)(now_ns() - start);
	if ((int)frames != frames_wanted) {
		fprintf(stderr, "bench-stacks: %zu frames in place of %d\n", frames, frames_wanted);
		exit(1);
	}
}

static int in_order(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return difference < 0 ? -1 : difference > 0;
}

static void take_often(void *ns)
{
	double took[BATCHES];
	int batch, i;

	for (batch = 0; batch < BATCHES; batch++) {
		uint64_t start = now_ns();

		for (i = 0; i < BATCH; i++)
			take();
		took[batch] = (double)(now_ns() - start) / BATCH;
	}
	qsort(took, BATCHES, sizeof(*took), in_order);
	*(double *)ns = took[BATCHES / 10];
}

/*
 * How many frames a stack has at the least depth, in the main thread and in others: counting them
 * would make the first stack the second one.
 */
static int least_in_main = 8, least_in_thread = 7;

static void *in_thread(void *twice)
{
	double *ns = twice;

	frames_below(frames_wanted, &least_in_thread, take_once, &ns[0]);
	frames_below(frames_wanted, &least_in_thread, take_once, &ns[1]);
	return NULL;
}

static void measure_threads(double *first, double *second)
{
	double took[2][THREADS], twice[2];
	pthread_t thread;
	int i;

	for (i = 0; i < THREADS; i++) {
		if (pthread_create(&thread, NULL, in_thread, twice) != 0)
			abort();
		pthread_join(thread, NULL);
		took[0][i] = twice[0];
		took[1][i] = twice[1];
	}
	qsort(took[0], THREADS, sizeof(double), in_order);
	qsort(took[1], THREADS, sizeof(double), in_order);
	*first = took[0][THREADS / 2];
	*second = took[1][THREADS / 2];
}

int main(int argc, char **argv)
{
	double first, warm, thread_first, thread_second;

	if (argc != 2) {
		fprintf(stderr, "usage: bench-stacks FRAMES\n");
		return 1;
	}
	frames_wanted = atoi(argv[1]);
	real_calls_resolve();
	loaded_object_start();
	if (!unwind_stack_start())
		return 77;
	frames_below(frames_wanted, &least_in_main, take_once, &first);
	frames_below(frames_wanted, &least_in_main, take_often, &warm);
	measure_threads(&thread_first, &thread_second);
	printf("%.0f %.0f %.0f %.0f\n", first, warm, thread_first, thread_second);
	return 0;
}
