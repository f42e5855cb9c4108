/* SPDX-License-Identifier: MIT */
/* Interposed calls that give a socket a second descriptor, often in another one's place. */
#include "preload/events/events.h"
#include "preload/platform/real_calls.h"

EXPORTED int dup(int fd)
{
	struct duplication duplication;
	int result;

	note_duplicating(fd, -1, &duplication);
	result = real.dup(fd);
	note_duplicated(&duplication, result);
	return result;
}

EXPORTED int dup2(int fd, int target)
{
	struct duplication duplication;
	int result;

	note_duplicating(fd, target, &duplication);
	result = real.dup2(fd, target);
	note_duplicated(&duplication, result);
	return result;
}

EXPORTED int __dup2(int fd, int target)
{
	struct duplication duplication;
	int result;

	note_duplicating(fd, target, &duplication);
	result = real.__dup2(fd, target);
	note_duplicated(&duplication, result);
	return result;
}

EXPORTED int dup3(int fd, int target, int flags)
{
	struct duplication duplication;
	int result;

	note_duplicating(fd, target, &duplication);
	result = real.dup3(fd, target, flags);
	note_duplicated(&duplication, result);
	return result;
}

static bool duplicates(int command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* fcntl()'s third argument is an int, a pointer or absent: a pointer's width carries all three. */
static void *third_argument(va_list arguments)
{
	return va_arg(arguments, void *);
}

static int forward(__typeof__(fcntl) *real_call, int fd, int command, void *argument)
{
	struct duplication duplication;
	int result;

	if (!duplicates(command))
		return real_call(fd, command, argument);
	note_duplicating(fd, -1, &duplication);
	result = real_call(fd, command, argument);
	note_duplicated(&duplication, result);
	return result;
}

EXPORTED int fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = third_argument(arguments);
	va_end(arguments);
	return forward(real.fcntl, fd, command, argument);
}

EXPORTED int fcntl64(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = third_argument(arguments);
	va_end(arguments);
	return forward(real.fcntl64, fd, command, argument);
}

EXPORTED int __fcntl(int fd, int command, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, command);
	argument = third_argument(arguments);
	va_end(arguments);
	return forward(real.__fcntl, fd, command, argument);
}
