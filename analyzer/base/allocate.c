/* SPDX-License-Identifier: MIT */
#include "analyzer/base/allocate.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/exit_status.h"

static void (*end_by)(int status);

void allocate_fail_by(void (*end)(int status))
{
	end_by = end;
}

_Noreturn void allocate_failed(void)
{
	if (end_by)
		end_by(EXIT_NOT_JUDGED);
	fputs("finleak: out of memory\n", stderr);
	exit(EXIT_NOT_JUDGED);
}

void *allocate_zeroed(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		allocate_failed();
	return memory;
}

char *allocate_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		allocate_failed();
	return copy;
}

char *allocate_printed(const char *format, ...)
{
	char *text;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		allocate_failed();
	return text;
}

void *allocate_next(void *list, size_t count, size_t size)
{
	char *memory;

	/* A void ** would alias the caller's typed pointer: copy its bytes. */
	memcpy(&memory, list, sizeof(memory));
	if (count == 0 || (count & (count - 1)) == 0) {
		size_t room = count ? count * 2 : 1;

		if (room > SIZE_MAX / size)
			allocate_failed();
		memory = realloc(memory, room * size);
		if (!memory)
			allocate_failed();
		memcpy(list, &memory, sizeof(memory));
	}
	memset(memory + count * size, 0, size);
	return memory + count * size;
}
