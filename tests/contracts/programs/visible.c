/* SPDX-License-Identifier: MIT */
/*
 * visible: prints all that a program can see of itself, works with sockets, prints it again, and
 * how often memory was allocated in between. Recorded it must print the same as bare.
 */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "loopback.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

/* malloc() of the whole process, libraries included. */
static unsigned long allocated, freed;

void *malloc(size_t size)
{
	__atomic_fetch_add(&allocated, 1, __ATOMIC_RELAXED);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	__atomic_fetch_add(&allocated, 1, __ATOMIC_RELAXED);
	return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	__atomic_fetch_add(&allocated, 1, __ATOMIC_RELAXED);
	return __libc_realloc(block, size);
}

void free(void *block)
{
	if (block)
		__atomic_fetch_add(&freed, 1, __ATOMIC_RELAXED);
	__libc_free(block);
}

static void say_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	must(folder, path);
	printf("%s:", path);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			/* thread ids differ between runs, their number must not */
			printf(" %s",
			       strcmp(path, "/proc/self/task") == 0 ? "thread" : entry->d_name);
	printf("\n");
	closedir(folder);
}

/* As the kernel has them: libc hides two signals of its own. */
struct kernel_action {
	void *action;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

static void say_signals(void)
{
	struct kernel_action action;
	unsigned long blocked;
	stack_t alternative;
	int number;

	for (number = 1; number <= 64; number++) {
		memset(&action, 0, sizeof(action));
		must(syscall(SYS_rt_sigaction, number, NULL, &action, 8) == 0, "rt_sigaction");
		if (action.action || action.flags || action.mask)
			printf("signal %d: %s, flags %lx, mask %lx\n", number,
			       (size_t)action.action > 1 ? "a handler" : "ignored", action.flags,
			       action.mask);
	}
	must(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8) == 0, "rt_sigprocmask");
	must(sigaltstack(NULL, &alternative) == 0, "sigaltstack");
	printf("blocked: %lx, alternative stack: %d\n", blocked, alternative.ss_flags);
}

static void say_surroundings(void)
{
	struct rlimit limit;
	char text[4096];
	char **variable;
	int which;
	mode_t mask = umask(0);

	umask(mask);
	for (variable = environ; *variable; variable++)
		if (strncmp(*variable, "LD_PRELOAD=", 11) != 0)
			puts(*variable);
	for (which = 0; which < RLIM_NLIMITS; which++) {
		getrlimit((__rlimit_resource_t)which, &limit);
		printf("limit %d: %llx %llx\n", which, (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
	prctl(PR_GET_NAME, text, 0, 0, 0);
	printf("name %s, umask %o, dumpable %d\n", text, mask, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	printf("folder %s\n", getcwd(text, sizeof(text)));
}

static void say_all(void)
{
	say_folder("/proc/self/fd");
	say_folder("/proc/self/task");
	say_signals();
	say_surroundings();
}

static void work(void)
{
	struct sockaddr_in address;
	struct connection left;
	int listener = loopback_listen(&address), i;

	for (i = 0; i < 100; i++)
		loopback_round(listener, &address);
	left = loopback_connect(listener, &address);
	loopback_read_eof(&left);
	must(dup2(left.server, 20) == 20, "dup2");
}

int main(void)
{
	static char room[1 << 16];
	unsigned long before, freed_before;
	size_t in_use;

	setvbuf(stdout, room, _IOFBF, sizeof(room));
	say_all();
	before = allocated;
	freed_before = freed;
	in_use = mallinfo2().uordblks;
	work();
	printf("allocated %lu times, freed %lu times, %zd bytes more in use\n", allocated - before,
	       freed - freed_before, mallinfo2().uordblks - in_use);
	say_all();
	return 0;
}
