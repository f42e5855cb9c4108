/* SPDX-License-Identifier: MIT */
/*
 * The scanf family. <stdio.h> turns the plain names into the __isoc99_ ones (which read %a as C99
 * does), so the functions here have names of their own and are given theirs by the assembler.
 */
#include "preload/events/stream_ended.h"
#include "preload/platform/real_calls.h"

EXPORTED int plain_fscanf(FILE *stream, const char *format, ...) __asm__("fscanf");
EXPORTED int plain_vfscanf(FILE *stream, const char *format, va_list arguments) __asm__("vfscanf");
EXPORTED int plain_scanf(const char *format, ...) __asm__("scanf");
EXPORTED int c99_fscanf(FILE *stream, const char *format, ...) __asm__("__isoc99_fscanf");
EXPORTED int c99_vfscanf(FILE *stream, const char *format,
			 va_list arguments) __asm__("__isoc99_vfscanf");
EXPORTED int c99_scanf(const char *format, ...) __asm__("__isoc99_scanf");

/* The count that each returns shows nothing of the end: the stream is always asked. */
int plain_fscanf(FILE *stream, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = real.vfscanf(stream, format, arguments);
	va_end(arguments);
	note_stream_short(stream);
	return n;
}

int plain_vfscanf(FILE *stream, const char *format, va_list arguments)
{
	int n = real.vfscanf(stream, format, arguments);

	note_stream_short(stream);
	return n;
}

int plain_scanf(const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = real.vfscanf(stdin, format, arguments);
	va_end(arguments);
	note_stream_short(stdin);
	return n;
}

int c99_fscanf(FILE *stream, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = real.__isoc99_vfscanf(stream, format, arguments);
	va_end(arguments);
	note_stream_short(stream);
	return n;
}

int c99_vfscanf(FILE *stream, const char *format, va_list arguments)
{
	int n = real.__isoc99_vfscanf(stream, format, arguments);

	note_stream_short(stream);
	return n;
}

int c99_scanf(const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = real.__isoc99_vfscanf(stdin, format, arguments);
	va_end(arguments);
	note_stream_short(stdin);
	return n;
}
