/* SPDX-License-Identifier: MIT */
/*
 * finleak.h: which sockets did this test leak? A test asks the recorder that `finleak run`, or
 * LD_PRELOAD, has put into its process. Nothing is linked, and without the recorder each function
 * does nothing and returns that. C and C++, glibc 2.34 or later.
 *
 *	uint64_t before = finleak_checkpoint();
 *	...
 *	if (finleak_leaked(before, 100) > 0 && finleak_report(before, stderr) != 0)
 *		fail();
 *
 * A checkpoint is a moment, in ns of CLOCK_MONOTONIC; any number may be in use at once. Functions
 * may be called in any thread, but not in signal handlers. errno is kept.
 */
#ifndef FINLEAK_H
#define FINLEAK_H

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The recorder's calls are found by name when they are asked for. As weak symbols they would be
 * simpler, but the linker resolves those to nothing where an executable has a fixed address
 * (-no-pie). libc's two functions go by names of our own: their headers may declare them otherwise.
 */
extern void *finleak_private_find(void *handle, const char *name) __asm__("dlsym")
	__attribute__((weak));
extern int finleak_private_close_from(posix_spawn_file_actions_t *actions,
				      int first) __asm__("posix_spawn_file_actions_addclosefrom_np")
	__attribute__((weak));
extern char **environ;

static inline void *finleak_private_call(const char *name)
{
	return finleak_private_find ? finleak_private_find(NULL, name) : NULL;
}

/* Now, as a checkpoint. 0: this process is not recorded. */
static inline uint64_t finleak_checkpoint(void)
{
	typedef uint64_t call(void);
	void *found = finleak_private_call("finleak_1_checkpoint");

	return found ? (__extension__(call *) found)() : 0;
}

/*
 * How many sockets of this process were opened or finished since CHECKPOINT, are finished (EOF
 * read, failed, shut down, or the peer has closed) and still open. Waits up to PATIENCE_MS
 * milliseconds for them to be closed, which another thread may be about to do. -1: this process is
 * not recorded.
 *
 * A count is quick and knows events and the kernel's state of each socket, but no suppressions, no
 * baseline and no other process: those are finleak_report()'s.
 */
static inline long finleak_leaked(uint64_t checkpoint, unsigned int patience_ms)
{
	typedef long call(uint64_t);
	void *found = finleak_private_call("finleak_1_leaked");
	int saved = errno;
	long count;

	if (!found)
		return -1;
	count = (__extension__(call *) found)(checkpoint);
	for (; count > 0 && patience_ms > 0; patience_ms--) {
		poll(NULL, 0, 1);
		count = (__extension__(call *) found)(checkpoint);
	}
	errno = saved;
	return count;
}

/*
 * From here on sockets are opened, and their ends noticed, under LABEL, by which reports name them:
 * the name of a test. Copied; 255 bytes are kept. NULL or "": under none. It holds for the process
 * with all its threads and is inherited by fork (a child that has no recording yet gets it now); a
 * program that is executed takes its own from FINLEAK_LABEL in the environment. -1: this process is
 * not recorded, or there is no room for more labels; else 0.
 */
static inline int finleak_label(const char *label)
{
	typedef int call(const char *);
	void *found = finleak_private_call("finleak_1_label");

	return found ? (__extension__(call *) found)(label) : -1;
}

/* Copies what is written to the pipe FROM to OUT, until it is closed. */
static inline void finleak_private_copy(int from, FILE *out)
{
	char buffer[4096];
	ssize_t length;

	while ((length = read(from, buffer, sizeof(buffer))) > 0 || (length < 0 && errno == EINTR))
		if (length > 0)
			fwrite(buffer, 1, (size_t)length, out);
}

/* Starts ARGUMENTS with their output in the pipe TO, and nothing else of ours. 0: it is not there.
 */
static inline pid_t finleak_private_start(const char *const *arguments, int to)
{
	posix_spawn_file_actions_t actions;
	pid_t child = 0;

	if (!finleak_private_close_from || posix_spawn_file_actions_init(&actions) != 0)
		return 0;
	if (posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO) != 0 ||
	    finleak_private_close_from(&actions, STDERR_FILENO + 1) != 0 ||
	    posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments,
			 environ) != 0)
		child = 0;
	posix_spawn_file_actions_destroy(&actions);
	return child;
}

/*
 * Writes a report on what leaked since CHECKPOINT to OUT: the report of `finleak report` on this
 * process, by the settings and suppressions of the project (finleak.toml), of sockets that were
 * finished 10 ms ago or longer. It takes about a tenth of a second. The command
 * is $FINLEAK_COMMAND, which `finleak run` sets, else `finleak`, by PATH; it runs as a child, of
 * which a SIGCHLD may be seen.
 *
 * 1: there are leaks; 0: there are none that count; -1: this process is not recorded, or finleak
 * could not judge, and has printed why on stderr.
 */
static inline int finleak_report(uint64_t checkpoint, FILE *out)
{
	const char *command = getenv("FINLEAK_COMMAND");
	const char *arguments[] = { command && command[0] ? command : "finleak", "report",
				    "--error-exitcode=1",
				    /* Whoever asks has waited. */
				    "--min-held=10ms", NULL, NULL, NULL };
	int saved = errno, status = -1, ends[2];
	char since[40], process[24];
	pid_t child;

	if (finleak_checkpoint() == 0 || pipe(ends) != 0)
		return -1;
	snprintf(since, sizeof(since), "--since=%llu", (unsigned long long)checkpoint);
	snprintf(process, sizeof(process), "%ld", (long)getpid());
	arguments[4] = since;
	arguments[5] = process;
	child = finleak_private_start(arguments, ends[1]);
	close(ends[1]);
	if (child > 0) {
		finleak_private_copy(ends[0], out);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	errno = saved;
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? WEXITSTATUS(status)
									  : -1;
}

/* How long the end of a test waits for others to close what it opened, ms. */
#define FINLEAK_PATIENCE_MS 500

/*
 * For the end of a test: finleak_leaked(), and where it finds something, finleak_report() to OUT.
 * Returns how many sockets the test leaked; 0: none that count, or this process is not recorded.
 */
static inline long finleak_check(uint64_t checkpoint, FILE *out)
{
	long count = finleak_leaked(checkpoint, FINLEAK_PATIENCE_MS);

	return count > 0 && finleak_report(checkpoint, out) != 0 ? count : 0;
}

#ifdef __cplusplus
}
#endif

#endif
