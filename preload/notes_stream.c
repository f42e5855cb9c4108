/* SPDX-License-Identifier: MIT */
#include "preload/notes_stream.h"

#include <errno.h>
#include "preload/notes.h"

void note_stream_short(FILE *stream)
{
	int error = errno;
	int fd = fileno_unlocked(stream);

	if (fd >= 0 && feof_unlocked(stream))
		note_received(fd, 0, 1, 0);
	errno = error;
	if (fd >= 0 && ferror_unlocked(stream))
		note_received(fd, -1, 1, 0);
	errno = error;
}
