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

/* FUNCTION may be NULL. */
static bool is_any(const char *function, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; function && i < count; i++)
		if (strcmp(function, names[i]) == 0)
			return true;
	return false;
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

	return is_any(function, names, sizeof(names) / sizeof(names[0]));
}

/* Without libc's debug symbols its inner frames have no name: fork() vouches for them. */
static size_t frames_of_fork(const struct frame *frames, size_t count)
{
	size_t fork_ends = 0, i;

	for (i = 0; i < count && i < FRAMES_OF_FORK && path_is_libc(frames[i].module); i++)
		if (is_fork(frames[i].function))
			fork_ends = i + 1;
	return fork_ends;
}

/* Is FUNCTION called like a system call that has to do with sockets, or with who has them? */
static bool is_call(const char *function)
{
	static const char *const names[] = {
		"accept",    "accept4", "close",  "connect",  "dup",      "dup2",    "dup3",
		"epoll_ctl", "fork",    "listen", "read",     "readv",    "recv",    "recvfrom",
		"recvmmsg",  "recvmsg", "send",   "sendfile", "sendmmsg", "sendmsg", "sendto",
		"shutdown",  "socket",  "splice", "write",    "writev"
	};

	return is_any(function, names, sizeof(names) / sizeof(names[0]));
}

/* Is FRAME a system call's of libc that has no inner function, and no other name? */
static bool is_bare_call(const struct frame *frame)
{
	static const char *const names[] = { "recvmmsg", "sendfile", "sendfile64", "splice" };

	return !frame->file && is_any(frame->function, names, sizeof(names) / sizeof(names[0]));
}

/* Is FUNCTION, called by what reads a stream, a part of stdio? */
static bool is_of_stdio(const char *function)
{
	static const char *const prefixes[] = { "_IO_",       "__underflow", "__uflow",
						"__vfscanf",  "__vfwscanf",  "__isoc",
						"__getdelim", "__getline",   "__stdio_read",
						"__toread" };
	static const char *const names[] = { "fgets",  "fread",  "getline", "getdelim",
					     "fgetc",  "getc",   "fscanf",  "vfscanf",
					     "fgetws", "fgetwc", "fwscanf" };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(function, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return is_any(function, names, sizeof(names) / sizeof(names[0]));
}

/* Frames of stdio that follow those that lead into the kernel, if there are any of its own names.
 */
static size_t frames_of_stdio(const struct frame *frames, size_t count)
{
	size_t i;

	if (!count || !frames[0].function || frames[0].function[0] != '_' ||
	    path_is_libc(frames[0].module))
		return 0;
	for (i = 0; i < count && frames[i].function && is_of_stdio(frames[i].function); i++)
		;
	return i;
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
	static const char *const inner[] = { "__libc_",  "__syscall_cp", "__internal_syscall",
					     "__cp_end", "_Fork",        NULL };
	size_t ends = count && is_bare_call(&frames[0]), i, j;

	for (i = ends; i < count && i < FRAMES_OF_FORK; i++) {
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
	return ends + frames_of_stdio(frames + ends, count - ends);
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
