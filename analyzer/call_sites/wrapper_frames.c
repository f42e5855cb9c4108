/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/wrapper_frames.h"
#include "analyzer/base/paths.h"

#include <string.h>

/* fork() runs the recorder's pthread_atfork handlers this far inside at most. */
#define FRAMES_OF_FORK 4

static bool is_named(const struct frame *frame, const char *const *prefixes)
{
	const char *name = path_base(frame->module);

	for (; *prefixes; prefixes++)
		if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
			return true;
	return false;
}

static bool is_libc(const struct frame *frame)
{
	static const char *const names[] = { "libc.so", "libc-2", NULL };

	return is_named(frame, names);
}

static bool is_fork(const char *function)
{
	static const char *const names[] = {
		"__run_prefork_handlers",
		"__run_fork_handlers",
		"__libc_fork",
		"__fork",
		"fork",
		"_Fork",
	};
	size_t i;

	for (i = 0; function && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
}

/* Without libc's debug symbols its inner frames have no name: fork() vouches for them. */
static size_t frames_of_fork(const struct frame *frames, size_t count)
{
	size_t fork_ends = 0, i;

	for (i = 0; i < count && i < FRAMES_OF_FORK && is_libc(&frames[i]); i++)
		if (is_fork(frames[i].function))
			fork_ends = i + 1;
	return fork_ends;
}

/* Is FUNCTION called like a system call that has to do with sockets? */
static bool is_call(const char *function)
{
	static const char *const names[] = { "accept",  "accept4", "close",     "connect", "dup",
					     "dup2",    "dup3",    "epoll_ctl", "listen",  "read",
					     "readv",   "recv",    "recvfrom",  "recvmsg", "send",
					     "sendmsg", "sendto",  "shutdown",  "socket",  "write",
					     "writev" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
}

/* Part of a sanitizer's library, or linked into the program from its static one. */
static bool is_interceptor(const struct frame *frame)
{
	static const char *const libraries[] = { "libasan.so",  "libtsan.so",   "liblsan.so",
						 "libubsan.so", "libclang_rt.", NULL };
	const char *function = frame->function;

	if (is_named(frame, libraries))
		return true;
	return function && (strncmp(function, "__interceptor_", 14) == 0 ||
			    strncmp(function, "___interceptor_", 15) == 0);
}

/*
 * libc on its way into the kernel, where it is a part of the program: a stack that was taken there
 * begins in it. What is called like a system call may be the program's own, unless libc's inner
 * function vouches for it.
 */
static size_t frames_of_static_libc(const struct frame *frames, size_t count)
{
	static const char *const inner[] = { "__libc_", "__syscall_cp", "__internal_syscall",
					     "__cp_end", NULL };
	size_t ends = 0, i, j;

	for (i = 0; i < count && i < FRAMES_OF_FORK; i++) {
		const char *function = frames[i].function;

		for (j = 0; function && inner[j]; j++)
			if (strncmp(function, inner[j], strlen(inner[j])) == 0)
				ends = i + 1;
		if (i == ends && function && (ends || function[0] == '_') &&
		    is_call(function + strspn(function, "_")))
			ends = i + 1;
		if (ends <= i)
			break;
	}
	return ends;
}

size_t wrapper_frames(const struct frame *frames, size_t count)
{
	size_t skipped = frames_of_fork(frames, count);

	if (!skipped)
		skipped = frames_of_static_libc(frames, count);
	while (skipped < count && is_interceptor(&frames[skipped]))
		skipped++;
	/* A stack of nothing else is better than none. */
	return skipped < count ? skipped : 0;
}
