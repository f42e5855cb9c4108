/* SPDX-License-Identifier: MIT */
/* Interposed calls with which a descriptor, or one direction of its connection, ends. */
#include <limits.h>
#include <linux/close_range.h>
#include "preload/events/events.h"
#include "preload/platform/real_calls.h"

EXPORTED int close(int fd)
{
	note_closing(fd);
	return real.close(fd);
}

EXPORTED int __close(int fd)
{
	note_closing(fd);
	return real.__close(fd);
}

EXPORTED int close_range(unsigned int first, unsigned int last, int flags)
{
	if (!(flags & CLOSE_RANGE_CLOEXEC) && first <= last)
		note_closing_range(first, last);
	return real.close_range(first, last, flags);
}

EXPORTED void closefrom(int first)
{
	note_closing_range(first < 0 ? 0 : (unsigned int)first, UINT_MAX);
	real.closefrom(first);
}

EXPORTED int shutdown(int fd, int how)
{
	uint8_t first_ended = note_shutdown_begins(fd, how);
	int result = real.shutdown(fd, how);

	note_shutdown(fd, how, result, first_ended);
	return result;
}
