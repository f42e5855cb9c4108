/* SPDX-License-Identifier: MIT */
/*
 * Interposed calls on stdio streams. libc reads and closes the descriptor inside, where no wrapper
 * sees it: what happened is asked of the stream when a call came back short.
 */
#include <errno.h>
#include "preload/events/events.h"
#include "preload/events/stream_ended.h"
#include "preload/platform/real_calls.h"

/* <stdio.h> has a macro of that name when it optimises. */
#undef fread_unlocked

/* The stream's descriptor is about to be closed inside libc. */
static void stream_ends(FILE *stream)
{
	int error = errno;
	int fd = stream ? fileno(stream) : -1;

	errno = error;
	if (fd >= 0)
		note_closing(fd);
}

EXPORTED int fclose(FILE *stream)
{
	stream_ends(stream);
	return real.fclose(stream);
}

/*
 * Without a path the stream's own file is opened again by its name in /proc, with another mode. A
 * socket can't be: the call fails, and has closed the descriptor.
 */
static FILE *reopened(FILE *result, const char *path)
{
	if (!result && !path)
		note_closed_somewhere();
	return result;
}

EXPORTED FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict stream)
{
	if (path)
		stream_ends(stream);
	return reopened(real.freopen(path, mode, stream), path);
}

EXPORTED FILE *freopen64(const char *restrict path, const char *restrict mode,
			 FILE *restrict stream)
{
	if (path)
		stream_ends(stream);
	return reopened(real.freopen64(path, mode, stream), path);
}

/* glibc's flushes and leaves the descriptors open; others close them: see what is true. */
EXPORTED int fcloseall(void)
{
	int result = real.fcloseall();

	note_closed_somewhere();
	return result;
}

/* No news by itself: the stream is a name of the same descriptor. */
EXPORTED FILE *fdopen(int fd, const char *mode)
{
	return real.fdopen(fd, mode);
}

EXPORTED char *fgets(char *restrict line, int length, FILE *restrict stream)
{
	char *result = real.fgets(line, length, stream);

	if (!result)
		note_stream_short(stream);
	return result;
}

EXPORTED char *__fgets_chk(char *line, size_t room, int length, FILE *stream)
{
	char *result = real.__fgets_chk(line, room, length, stream);

	if (!result)
		note_stream_short(stream);
	return result;
}

EXPORTED char *fgets_unlocked(char *restrict line, int length, FILE *restrict stream)
{
	char *result = real.fgets_unlocked(line, length, stream);

	if (!result)
		note_stream_short(stream);
	return result;
}

EXPORTED char *__fgets_unlocked_chk(char *line, size_t room, int length, FILE *stream)
{
	char *result = real.__fgets_unlocked_chk(line, room, length, stream);

	if (!result)
		note_stream_short(stream);
	return result;
}

EXPORTED size_t fread(void *restrict buffer, size_t size, size_t count, FILE *restrict stream)
{
	size_t n = real.fread(buffer, size, count, stream);

	if (n < count)
		note_stream_short(stream);
	return n;
}

EXPORTED size_t __fread_chk(void *buffer, size_t room, size_t size, size_t count, FILE *stream)
{
	size_t n = real.__fread_chk(buffer, room, size, count, stream);

	if (n < count)
		note_stream_short(stream);
	return n;
}

EXPORTED size_t fread_unlocked(void *restrict buffer, size_t size, size_t count,
			       FILE *restrict stream)
{
	size_t n = real.fread_unlocked(buffer, size, count, stream);

	if (n < count)
		note_stream_short(stream);
	return n;
}

EXPORTED size_t __fread_unlocked_chk(void *buffer, size_t room, size_t size, size_t count,
				     FILE *stream)
{
	size_t n = real.__fread_unlocked_chk(buffer, room, size, count, stream);

	if (n < count)
		note_stream_short(stream);
	return n;
}

EXPORTED ssize_t getline(char **restrict line, size_t *restrict room, FILE *restrict stream)
{
	ssize_t n = real.getline(line, room, stream);

	if (n < 0)
		note_stream_short(stream);
	return n;
}

EXPORTED ssize_t getdelim(char **restrict line, size_t *restrict room, int end,
			  FILE *restrict stream)
{
	ssize_t n = real.getdelim(line, room, end, stream);

	if (n < 0)
		note_stream_short(stream);
	return n;
}

/* getline() of a program built with optimisation is this. */
EXPORTED ssize_t __getdelim(char **restrict line, size_t *restrict room, int end,
			    FILE *restrict stream)
{
	ssize_t n = real.__getdelim(line, room, end, stream);

	if (n < 0)
		note_stream_short(stream);
	return n;
}

EXPORTED int getc(FILE *stream)
{
	int c = real.getc(stream);

	if (c == EOF)
		note_stream_short(stream);
	return c;
}

EXPORTED int _IO_getc(FILE *stream)
{
	int c = real._IO_getc(stream);

	if (c == EOF)
		note_stream_short(stream);
	return c;
}

EXPORTED int getc_unlocked(FILE *stream)
{
	int c = real.getc_unlocked(stream);

	if (c == EOF)
		note_stream_short(stream);
	return c;
}

EXPORTED int fgetc(FILE *stream)
{
	int c = real.fgetc(stream);

	if (c == EOF)
		note_stream_short(stream);
	return c;
}

EXPORTED int fgetc_unlocked(FILE *stream)
{
	int c = real.fgetc_unlocked(stream);

	if (c == EOF)
		note_stream_short(stream);
	return c;
}

EXPORTED int getchar(void)
{
	int c = real.getchar();

	if (c == EOF)
		note_stream_short(stdin);
	return c;
}

EXPORTED int getchar_unlocked(void)
{
	int c = real.getchar_unlocked();

	if (c == EOF)
		note_stream_short(stdin);
	return c;
}

/* What getc_unlocked() is compiled to: called when the buffer is empty. */
EXPORTED int __uflow(FILE *stream)
{
	int c = real.__uflow(stream);

	if (c == EOF)
		note_stream_short(stream);
	return c;
}
