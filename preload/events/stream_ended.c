/* SPDX-License-Identifier: MIT */
#include "preload/events/stream_ended.h"

#include <errno.h>
#include "preload/events/events.h"

void note_stream_short(FILE *stream)
{
	int error = errno;
	struct receiving call = { .fd = fileno_unlocked(stream), .asked = 1 };

	if (call.fd >= 0 && feof_unlocked(stream))
		note_received(&call, 0);
	errno = error;
	if (call.fd >= 0 && ferror_unlocked(stream))
		note_received(&call, -1);
	errno = error;
}
