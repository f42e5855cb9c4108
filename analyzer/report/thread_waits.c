/* SPDX-License-Identifier: MIT */
#include "analyzer/report/thread_waits.h"

#include <string.h>

#include "analyzer/report/source_call.h"

#define CALLS 14

/* The first of them take a lock, the first of these a mutex. */
#define LOCKS   5
#define MUTEXES 3

/* Of these libc's own names have more ahead and behind: ___pthread_mutex_lock, sem_wait@@GLIBC. */
static const char *const calls[CALLS] = {
	"pthread_mutex_lock",
	"pthread_mutex_timedlock",
	"pthread_mutex_clocklock",
	"pthread_rwlock_rdlock",
	"pthread_rwlock_wrlock",
	"pthread_cond_wait",
	"pthread_cond_timedwait",
	"pthread_cond_clockwait",
	"sem_wait",
	"sem_timedwait",
	"sem_clockwait",
	"pthread_join",
	"pthread_barrier_wait",
	"pthread_once",
};

static const char *const words[CALLS] = {
	"a mutex (pthread_mutex_lock())",
	"a mutex (pthread_mutex_timedlock())",
	"a mutex (pthread_mutex_clocklock())",
	"a read-write lock (pthread_rwlock_rdlock())",
	"a read-write lock (pthread_rwlock_wrlock())",
	"a condition variable (pthread_cond_wait())",
	"a condition variable (pthread_cond_timedwait())",
	"a condition variable (pthread_cond_clockwait())",
	"a semaphore (sem_wait())",
	"a semaphore (sem_timedwait())",
	"a semaphore (sem_clockwait())",
	"another thread to end (pthread_join())",
	"other threads at a barrier (pthread_barrier_wait())",
	"an initialization in another thread (pthread_once())",
};

static const char *words_of(const char *function)
{
	size_t i;

	for (i = 0; function && i < CALLS; i++)
		if (strstr(function, calls[i]))
			return words[i];
	return NULL;
}

const char *thread_waits_for(const struct report_stack *stack, struct symbolizer *symbolizer)
{
	const struct frame *frame;
	const char *found = NULL;

	if (!stack || !stack->site || stack->site < stack->frames ||
	    stack->site >= stack->frames + stack->count)
		return NULL;
	for (frame = stack->site; !found && frame > stack->frames; frame--)
		found = words_of(frame[-1].function);
	if (!found && !stack->site->script)
		found = words_of(source_call(stack->site, calls, CALLS, false, symbolizer));
	return found;
}

static bool is_of_first(size_t count, const char *waits)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(words[i], waits) == 0)
			return true;
	return false;
}

bool thread_waits_for_lock(const char *waits)
{
	return is_of_first(LOCKS, waits);
}

bool thread_waits_for_mutex(const char *waits)
{
	return is_of_first(MUTEXES, waits);
}
