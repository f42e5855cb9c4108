/* SPDX-License-Identifier: MIT */
/*
 * family WHAT: one socket is left with its end read (its cookie is printed first), then the process
 * gets company, by WHAT. At each step() it prints what it has done and waits for a line.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loopback.h"

static struct sockaddr_in address;
static int listener, held;

static void say(const char *text)
{
	must(write(STDOUT_FILENO, text, strlen(text)) > 0, "write");
}

static void step(const char *text)
{
	char byte;

	say(text);
	do
		must(read(STDIN_FILENO, &byte, 1) == 1, "read of stdin");
	while (byte != '\n');
}

static uint64_t leave_one(void)
{
	struct connection left = loopback_connect(listener, &address);
	uint64_t cookie;
	char line[32];

	loopback_read_eof(&left);
	cookie = cookie_of(left.server);
	snprintf(line, sizeof(line), "%" PRIu64 "\n", cookie);
	say(line);
	held = left.server;
	return cookie;
}

static void wait_for(pid_t child)
{
	int status = -1;

	must(child > 0, "fork");
	must(waitpid(child, &status, 0) == child, "waitpid");
	must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child that ends well");
}

static void generations(void)
{
	pid_t child = fork();

	if (child == 0) {
		leave_one();
		child = fork();
		if (child == 0) {
			leave_one();
			exit(0);
		}
		wait_for(child);
		exit(0);
	}
	wait_for(child);
}

/* A child that does all it can with sockets. */
static void busy_child(void)
{
	int i;

	for (i = 0; i < 100; i++)
		loopback_round(listener, &address);
	leave_one();
	must(dup2(held, 40) == 40, "dup2");
	must(close_range(3, ~0u, 0) == 0, "close_range");
	listener = loopback_listen(&address);
	leave_one();
}

static void separate(pid_t (*start)(void))
{
	int go[2];
	pid_t child;
	char byte;

	must(pipe(go) == 0, "pipe");
	child = start();
	if (child == 0) {
		must(read(go[0], &byte, 1) == 1, "read of the pipe");
		busy_child();
		exit(0);
	}
	step("before\n");
	must(write(go[1], "", 1) == 1, "write to the pipe");
	wait_for(child);
	step("after\n");
	_exit(0);
}

static pid_t raw_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

#ifdef SYS_fork
static pid_t raw_fork(void)
{
	return (pid_t)syscall(SYS_fork);
}
#endif

static void vfork_child(void)
{
	pid_t child;
	char byte;

	step("before\n");
	child = vfork();
	if (child == 0) {
		/* More than POSIX lets it; programs do these. */
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || read(held, &byte, 1) != 0 || dup2(held, listener) < 0 ||
		    shutdown(held, SHUT_RDWR) < 0 || close(held) < 0 || close(fd) < 0 ||
		    close_range(3, ~0u, 0) < 0)
			_exit(1);
		_exit(0);
	}
	wait_for(child);
	step("after\n");
	_exit(0);
}

static void execute(const char *self, char *const *environment)
{
	char number[16];
	char *argv[] = { (char *)(uintptr_t)self, (char *)(uintptr_t) "adopted", number, NULL };

	snprintf(number, sizeof(number), "%d", held);
	execve("/proc/self/exe", argv, environment);
	must(false, "execve");
}

static void adopted(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static void *forks(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < 60; i++) {
		pid_t child = fork();

		if (child == 0) {
			/* Only what may be called in the child of a program with threads. */
			int fd = socket(AF_INET, SOCK_STREAM, 0);

			_exit(fd < 0 || close(fd) < 0);
		}
		wait_for(child);
	}
	return NULL;
}

static bool storm_is_over;

static void *stacks(void *unused)
{
	struct sockaddr_in own;
	int own_listener = loopback_listen(&own);

	(void)unused;
	while (!__atomic_load_n(&storm_is_over, __ATOMIC_RELAXED))
		loopback_round(own_listener, &own);
	return NULL;
}

/* A new thread's first stack is where libunwind takes its locks. */
static void *new_threads(void *unused)
{
	pthread_t thread;

	(void)unused;
	while (!__atomic_load_n(&storm_is_over, __ATOMIC_RELAXED)) {
		struct sockaddr_in own;

		must(close(loopback_listen(&own)) == 0, "close");
		must(pthread_create(&thread, NULL, (void *(*)(void *))(void (*)(void))sched_yield,
				    NULL) == 0,
		     "pthread_create");
		pthread_join(thread, NULL);
	}
	return NULL;
}

/* Code comes and goes: the loader's lock is taken and its list changes. */
static void *loads(void *path)
{
	while (!__atomic_load_n(&storm_is_over, __ATOMIC_RELAXED)) {
		void *plugin = dlopen(path, RTLD_NOW);

		must(plugin && dlclose(plugin) == 0, path);
	}
	return NULL;
}

static void storm(char *plugin)
{
	pthread_t forking[3], others[3];
	int i;

	for (i = 0; i < 3; i++) {
		void *(*other)(void *) = i == 0 ? new_threads : i == 1 && plugin ? loads : stacks;

		must(pthread_create(&others[i], NULL, other, plugin) == 0, "pthread_create");
		must(pthread_create(&forking[i], NULL, forks, NULL) == 0, "pthread_create");
	}
	for (i = 0; i < 3; i++)
		pthread_join(forking[i], NULL);
	__atomic_store_n(&storm_is_over, true, __ATOMIC_RELAXED);
	for (i = 0; i < 3; i++)
		pthread_join(others[i], NULL);
}

static void without_sockets(void)
{
	pid_t child = fork();

	if (child == 0) {
		must(close(dup(1)) == 0, "close");
		child = fork();
		if (child == 0)
			exit(0);
		wait_for(child);
		exit(0);
	}
	wait_for(child);
}

/* A child without sockets becomes PATH, which does nothing, or goes on if it can't. */
static void child_executes(const char *path, char **environment)
{
	char *arguments[] = { (char *)(uintptr_t)path, (char *)"nothing", NULL };
	pid_t child = fork();

	if (child == 0) {
		execve(path, arguments, environment);
		exit(0);
	}
	wait_for(child);
}

static void spawns(char *path)
{
	char *arguments[] = { path, (char *)"nothing", NULL };
	pid_t child;

	must(posix_spawn(&child, path, NULL, NULL, arguments, environ) == 0, "posix_spawn");
	wait_for(child);
}

/* What starts other programs, and has no sockets. False: WHAT is none of it. */
static bool starts_programs(const char *what, char **argv)
{
	char *nothing[] = { NULL };

	if (strcmp(what, "child_exec_unseen") == 0)
		child_executes(argv[0], nothing);
	else if (strcmp(what, "child_exec_fails") == 0)
		child_executes("/nowhere/none", nothing);
	else if (strcmp(what, "child_execs") == 0)
		child_executes(argv[2], environ);
	else if (strcmp(what, "spawns") == 0)
		spawns(argv[2]);
	else
		return strcmp(what, "nothing") == 0;
	return true;
}

/* The child is older than all that its parent notes, and notes after it. */
static void early_child(void)
{
	int go[2];
	pid_t child;
	char byte;

	must(pipe(go) == 0, "pipe");
	child = fork();
	if (child == 0)
		must(read(go[0], &byte, 1) == 1, "read of the pipe");
	listener = loopback_listen(&address);
	leave_one();
	if (child == 0)
		exit(0);
	must(write(go[1], "", 1) == 1, "write to the pipe");
	wait_for(child);
}

/* Of main's process; 0: children need not wait for its end. */
static pid_t outlived;

static void wait_for_the_parents_end(void)
{
	while (outlived && getppid() == outlived)
		sched_yield();
}

/* Before any library's constructor, so that in a child it comes before the recorder's handler. */
static void first_of_all(void)
{
	pthread_atfork(NULL, NULL, wait_for_the_parents_end);
}
static void (*const before_constructors)(void)
	__attribute__((section(".preinit_array"), used)) = first_of_all;

static void outlive(void)
{
	outlived = getpid();
	if (fork() != 0)
		_exit(0);
	leave_one();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char *nothing[] = { NULL };

	if (strcmp(what, "adopted") == 0) {
		adopted(atoi(argv[2]));
		return 0;
	}
	if (starts_programs(what, argv))
		return 0;
	if (strcmp(what, "without_sockets") == 0) {
		without_sockets();
		return 0;
	}
	if (strcmp(what, "early_child") == 0) {
		early_child();
		return 0;
	}
	listener = loopback_listen(&address);
	leave_one();
	if (strcmp(what, "generations") == 0)
		generations();
	else if (strcmp(what, "fork") == 0)
		separate(fork);
	else if (strcmp(what, "_Fork") == 0)
		separate(_Fork);
	else if (strcmp(what, "clone") == 0)
		separate(raw_clone);
#ifdef SYS_fork
	else if (strcmp(what, "raw_fork") == 0)
		separate(raw_fork);
#endif
	else if (strcmp(what, "vfork") == 0)
		vfork_child();
	else if (strcmp(what, "exec") == 0)
		execute(argv[0], environ);
	else if (strcmp(what, "exec_unseen") == 0)
		execute(argv[0], nothing);
	else if (strcmp(what, "storm") == 0)
		storm(argv[2]);
	else if (strcmp(what, "outlive") == 0)
		outlive();
	else if (strcmp(what, "daemon") == 0) {
		must(daemon(1, 1) == 0, "daemon");
		leave_one();
	} else
		must(false, "what is asked for");
	return 0;
}
