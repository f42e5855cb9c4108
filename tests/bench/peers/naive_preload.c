/* SPDX-License-Identifier: MIT */
/*
 * What one writes in an afternoon: a preload that takes a stack at each accept and each receive,
 * and at SIGTERM lists what is open, with where it was accepted and where it was read last. Knows
 * nothing of duplicates, shutdown, threads' speed or signals. NAIVE_UNWINDER=cursor: by libunwind's
 * cursor in place of glibc's backtrace(); NAIVE_OUTPUT: where the list goes.
 */
#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <execinfo.h>
#include <libunwind.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAMES  64
#define NUMBERS 65536
#define OUTSIDE __attribute__((visibility("default")))

struct stack {
	int depth;
	void *frames[FRAMES];
};

struct entry {
	int open;
	int ended; /* the last receive gave 0 */
	struct stack accepted, received;
};

static struct entry *entries;
static int by_cursor;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __typeof__(accept4) *real_accept4;
static __typeof__(recv) *real_recv;
static __typeof__(close) *real_close;

static void take_stack(struct stack *stack)
{
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t ip;

	stack->depth = 0;
	if (!by_cursor) {
		stack->depth = backtrace(stack->frames, FRAMES);
		return;
	}
	unw_getcontext(&context);
	unw_init_local(&cursor, &context);
	do {
		unw_get_reg(&cursor, UNW_REG_IP, &ip);
		stack->frames[stack->depth++] = (void *)ip;
	} while (stack->depth < FRAMES && unw_step(&cursor) > 0);
}

OUTSIDE int accept4(int listener, struct sockaddr *peer, socklen_t *length, int flags)
{
	int fd = real_accept4(listener, peer, length, flags);

	if (fd < 0 || fd >= NUMBERS)
		return fd;
	pthread_mutex_lock(&lock);
	entries[fd].open = 1;
	entries[fd].ended = 0;
	take_stack(&entries[fd].accepted);
	pthread_mutex_unlock(&lock);
	return fd;
}

OUTSIDE ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	ssize_t n = real_recv(fd, buffer, size, flags);

	if (fd < 0 || fd >= NUMBERS)
		return n;
	pthread_mutex_lock(&lock);
	entries[fd].ended = n == 0;
	take_stack(&entries[fd].received);
	pthread_mutex_unlock(&lock);
	return n;
}

OUTSIDE int close(int fd)
{
	if (fd >= 0 && fd < NUMBERS && entries) {
		pthread_mutex_lock(&lock);
		entries[fd].open = 0;
		pthread_mutex_unlock(&lock);
	}
	return real_close(fd);
}

static void list_stack(FILE *out, const char *what, const struct stack *stack)
{
	char **names = backtrace_symbols(stack->frames, stack->depth);
	int i;

	fprintf(out, "%s\n", what);
	for (i = 0; names && i < stack->depth; i++)
		fprintf(out, "\t%s\n", names[i]);
	free(names);
}

static void list_open(int signal_number)
{
	const char *path = getenv("NAIVE_OUTPUT");
	FILE *out = path ? fopen(path, "w") : stderr;
	int fd;

	(void)signal_number;
	for (fd = 0; out && fd < NUMBERS; fd++) {
		if (!entries[fd].open)
			continue;
		fprintf(out, "open: %d\n", fd);
		list_stack(out, "accepted:", &entries[fd].accepted);
		list_stack(out, entries[fd].ended ? "eof:" : "received:", &entries[fd].received);
	}
	if (out)
		fclose(out);
	_exit(0);
}

static void __attribute__((constructor)) start(void)
{
	const char *unwinder = getenv("NAIVE_UNWINDER");

	by_cursor = unwinder && strcmp(unwinder, "cursor") == 0;
	*(void **)&real_accept4 = dlsym(RTLD_NEXT, "accept4");
	*(void **)&real_recv = dlsym(RTLD_NEXT, "recv");
	*(void **)&real_close = dlsym(RTLD_NEXT, "close");
	entries = calloc(NUMBERS, sizeof(*entries));
	if (!entries)
		abort();
	signal(SIGTERM, list_open);
}
