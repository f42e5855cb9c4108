/* SPDX-License-Identifier: MIT */
/*
 * Interposed calls with which a process begins another one, becomes another program or ends.
 * Forks are followed by pthread_atfork() (recorder.c), which also sees those inside libc.
 * vfork() is in vfork.S.
 */
#include <alloca.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <fcntl.h>
#include "preload/events/events.h"
#include "preload/process/exec_target.h"
#include "preload/process/process.h"
#include "preload/process/process_exec.h"
#include "preload/process/process_fork.h"
#include "preload/process/visit.h"
#include "preload/platform/real_calls.h"

/* The handlers do the work; they do not learn whether there is a child. */
EXPORTED pid_t fork(void)
{
	pid_t pid = real.fork();

	if (pid < 0)
		process_fork_failed();
	return pid;
}

/* fork() without the handlers (async-signal-safe fork, POSIX 2024). */
EXPORTED pid_t _Fork(void)
{
	pid_t pid;

	process_before_fork();
	pid = real._Fork();
	if (pid == 0)
		process_after_fork_in_child();
	else
		process_after_fork_in_parent();
	if (pid < 0)
		process_fork_failed();
	return pid;
}

/*
 * A child that shares our memory, but not our descriptors, is recognised by the stack it runs on;
 * its stack may be an array on ours, so from now on the kernel is asked.
 */
EXPORTED int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	void *parent_thread, *storage, *child_thread;
	va_list arguments;

	va_start(arguments, argument);
	parent_thread = va_arg(arguments, void *);
	storage = va_arg(arguments, void *);
	child_thread = va_arg(arguments, void *);
	va_end(arguments);
	if ((flags & CLONE_VM) && !(flags & CLONE_THREAD))
		visit_expect_shared_memory();
	return real.clone(function, stack, flags, argument, parent_thread, storage, child_thread);
}

/* Forks, and ends the parent by an _exit() inside libc. */
EXPORTED int daemon(int stay_here, int keep_streams)
{
	int result;

	process_parent_will_end(true);
	result = real.daemon(stay_here, keep_streams);
	process_parent_will_end(false);
	/* Descriptors 0 to 2 were replaced inside. */
	if (result == 0)
		note_closed_somewhere();
	return result;
}

EXPORTED int posix_spawn(pid_t *restrict pid, const char *restrict path,
			 const posix_spawn_file_actions_t *restrict actions,
			 const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
			 char *const environment[restrict])
{
	const struct exec_target target = { .folder = AT_FDCWD, .path = path };
	pid_t own_pid = 0;
	int result;

	result = real.posix_spawn(pid ? pid : &own_pid, path, actions, attributes, argv,
				  environment);
	if (result == 0)
		process_note_birth(BIRTH_SPAWN, pid ? *pid : own_pid, &target, environment);
	return result;
}

EXPORTED int posix_spawnp(pid_t *restrict pid, const char *restrict file,
			  const posix_spawn_file_actions_t *restrict actions,
			  const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
			  char *const environment[restrict])
{
	const struct exec_target target = { AT_FDCWD, file, 0, .is_searched = true };
	pid_t own_pid = 0;
	int result;

	result = real.posix_spawnp(pid ? pid : &own_pid, file, actions, attributes, argv,
				   environment);
	if (result == 0)
		process_note_birth(BIRTH_SPAWN, pid ? *pid : own_pid, &target, environment);
	return result;
}

/* What system() and popen() start. */
static const struct exec_target shell = { .folder = AT_FDCWD, .path = "/bin/sh" };

EXPORTED int system(const char *command)
{
	if (command)
		process_note_birth(BIRTH_SHELL, 0, &shell, NULL);
	return real.system(command);
}

EXPORTED FILE *popen(const char *command, const char *type)
{
	process_note_birth(BIRTH_SHELL, 0, &shell, NULL);
	return real.popen(command, type);
}

EXPORTED int execve(const char *path, char *const argv[], char *const environment[])
{
	const struct exec_target target = { .folder = AT_FDCWD, .path = path };
	int result;

	process_before_exec(&target, environment);
	result = real.execve(path, argv, environment);
	process_exec_failed();
	return result;
}

EXPORTED int execv(const char *path, char *const argv[])
{
	const struct exec_target target = { .folder = AT_FDCWD, .path = path };
	int result;

	process_before_exec(&target, NULL);
	result = real.execv(path, argv);
	process_exec_failed();
	return result;
}

EXPORTED int execvp(const char *file, char *const argv[])
{
	const struct exec_target target = { AT_FDCWD, file, 0, .is_searched = true };
	int result;

	process_before_exec(&target, NULL);
	result = real.execvp(file, argv);
	process_exec_failed();
	return result;
}

EXPORTED int execvpe(const char *file, char *const argv[], char *const environment[])
{
	const struct exec_target target = { AT_FDCWD, file, 0, .is_searched = true };
	int result;

	process_before_exec(&target, environment);
	result = real.execvpe(file, argv, environment);
	process_exec_failed();
	return result;
}

EXPORTED int execveat(int folder, const char *path, char *const argv[], char *const environment[],
		      int flags)
{
	const struct exec_target target = { folder, path, flags, .is_searched = false };
	int result;

	process_before_exec(&target, environment);
	result = real.execveat(folder, path, argv, environment, flags);
	process_exec_failed();
	return result;
}

EXPORTED int fexecve(int fd, char *const argv[], char *const environment[])
{
	const struct exec_target target = { fd, "", AT_EMPTY_PATH, .is_searched = false };
	int result;

	process_before_exec(&target, environment);
	result = real.fexecve(fd, argv, environment);
	process_exec_failed();
	return result;
}

/* How many arguments there are, from the list that begins with FIRST to its NULL. */
static size_t count_arguments(const char *first, va_list arguments)
{
	size_t count = 0;

	for (; first; first = va_arg(arguments, const char *))
		count++;
	return count;
}

/*
 * Leaves *arguments behind the NULL, where execle() has its environment. By address: a va_list that
 * was handed on by value and read is no more (C11, 7.16), which shows on aarch64.
 */
static void fill_arguments(char **argv, const char *first, va_list *arguments)
{
	for (; first; first = va_arg(*arguments, const char *))
		*argv++ = (char *)(uintptr_t)first;
	*argv = NULL;
}

/*
 * The list forms: on the stack, as glibc does it, since they may be called in a vfork child and
 * must not allocate.
 */
EXPORTED int execl(const char *path, const char *first, ...)
{
	va_list arguments;
	char **argv;

	va_start(arguments, first);
	argv = alloca((count_arguments(first, arguments) + 1) * sizeof(*argv));
	va_end(arguments);
	va_start(arguments, first);
	fill_arguments(argv, first, &arguments);
	va_end(arguments);
	return execv(path, argv);
}

EXPORTED int execlp(const char *file, const char *first, ...)
{
	va_list arguments;
	char **argv;

	va_start(arguments, first);
	argv = alloca((count_arguments(first, arguments) + 1) * sizeof(*argv));
	va_end(arguments);
	va_start(arguments, first);
	fill_arguments(argv, first, &arguments);
	va_end(arguments);
	return execvp(file, argv);
}

EXPORTED int execle(const char *path, const char *first, ...)
{
	char *const *environment;
	va_list arguments;
	char **argv;

	va_start(arguments, first);
	argv = alloca((count_arguments(first, arguments) + 1) * sizeof(*argv));
	va_end(arguments);
	va_start(arguments, first);
	fill_arguments(argv, first, &arguments);
	environment = va_arg(arguments, char *const *);
	va_end(arguments);
	return execve(path, argv, environment);
}

EXPORTED void _exit(int status)
{
	process_before_exit();
	real._exit(status);
	__builtin_unreachable();
}

EXPORTED int prctl(int option, ...)
{
	unsigned long a, b, c, d;
	bool confines;
	va_list arguments;
	int result;

	va_start(arguments, option);
	a = va_arg(arguments, unsigned long);
	b = va_arg(arguments, unsigned long);
	c = va_arg(arguments, unsigned long);
	d = va_arg(arguments, unsigned long);
	va_end(arguments);
	/* Without a filter it is a question: can the kernel do that? */
	confines = option == PR_SET_SECCOMP && (a == SECCOMP_MODE_STRICT || b != 0) &&
		   process_before_confinement();
	result = real.prctl(option, a, b, c, d);
	if (confines && result == 0)
		process_confined();
	return result;
}

EXPORTED void _Exit(int status)
{
	process_before_exit();
	real._Exit(status);
	__builtin_unreachable();
}

EXPORTED void quick_exit(int status)
{
	process_exit_begins();
	process_before_exit();
	real.quick_exit(status);
	__builtin_unreachable();
}
