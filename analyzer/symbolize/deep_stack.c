/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/deep_stack.h"

#include <pthread.h>
#include <sys/resource.h>

/* What Linux gives a program by default. */
#define DEEP_ENOUGH (8u << 20)

struct call {
	void (*work)(void *argument);
	void *argument;
};

static void *run(void *argument)
{
	const struct call *call = argument;

	call->work(call->argument);
	return NULL;
}

void deep_stack_call(void (*work)(void *argument), void *argument)
{
	struct call call = { work, argument };
	pthread_attr_t attributes;
	struct rlimit limit;
	pthread_t thread;
	int failure;

	if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= DEEP_ENOUGH ||
	    pthread_attr_init(&attributes) != 0) {
		work(argument);
		return;
	}
	failure = pthread_attr_setstacksize(&attributes, DEEP_ENOUGH);
	if (!failure)
		failure = pthread_create(&thread, &attributes, run, &call);
	pthread_attr_destroy(&attributes);
	if (failure)
		work(argument);
	else
		pthread_join(thread, NULL);
}
