/* SPDX-License-Identifier: MIT */
/*
 * no_malloc PLUGIN: aborts when memory is allocated, or stdio used for that, inside of an
 * interposed call. Tries all that makes the recorder or libunwind do something for the first time:
 * new threads, new code, code that was unloaded, a forked child's recording.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loopback.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static bool forbidden;
static int tries;

static void check(const char *what)
{
	if (!__atomic_load_n(&forbidden, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&forbidden, false, __ATOMIC_RELAXED);
	must(write(STDERR_FILENO, what, strlen(what)) > 0, "write");
	must(write(STDERR_FILENO, " in an interposed call\n", 23) > 0, "write");
	__builtin_trap();
}

void *malloc(size_t size)
{
	check("malloc");
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	check("calloc");
	return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	check("realloc");
	return __libc_realloc(block, size);
}

void free(void *block)
{
	if (block)
		check("free");
	__libc_free(block);
}

static struct sockaddr_in address;
static int listener;

/* What the plugin calls back, too. */
static void interposed_calls(void)
{
	__atomic_store_n(&forbidden, true, __ATOMIC_RELAXED);
	loopback_round(listener, &address);
	must(dup2(listener, 50) == 50, "dup2");
	must(close(50) == 0, "close");
	must(shutdown(listener, 99) < 0, "shutdown");
	__atomic_store_n(&forbidden, false, __ATOMIC_RELAXED);
	tries++;
}

static __attribute__((noinline)) void deep(int depth)
{
	if (depth > 0) {
		deep(depth - 1);
	} else {
		interposed_calls();
		call_intricately(interposed_calls);
	}
	__asm__ volatile("" : : : "memory");
}

static void *in_thread(void *unused)
{
	(void)unused;
	deep(30);
	return NULL;
}

static void through_plugin(const char *path)
{
	void *plugin = dlopen(path, RTLD_NOW);
	void (*call)(int, void (*)(void));

	must(plugin, "dlopen");
	call = (void (*)(int, void (*)(void)))(uintptr_t)dlsym(plugin, "call_through");
	must(call, "dlsym");
	call(10, interposed_calls);
	must(dlclose(plugin) == 0, "dlclose");
}

static void in_child(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct connection left;

		interposed_calls();
		__atomic_store_n(&forbidden, true, __ATOMIC_RELAXED);
		left = loopback_connect(listener, &address);
		loopback_read_eof(&left);
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0, "a child that ends well");
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int i;

	must(argc == 3, "usage: no_malloc PLUGIN PLUGIN");
	listener = loopback_listen(&address);
	deep(3);
	for (i = 0; i < 5; i++) {
		must(pthread_create(&thread, NULL, in_thread, NULL) == 0, "pthread_create");
		must(pthread_join(thread, NULL) == 0, "pthread_join");
		through_plugin(argv[1 + i % 2]);
		in_child();
	}
	must(tries == 17, "all tries");
	return 0;
}
