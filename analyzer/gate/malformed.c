/* SPDX-License-Identifier: MIT */
#include "analyzer/gate/malformed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"

bool malformed(const char *file, unsigned int line, const char *why, ...)
{
	va_list arguments;
	char *reason = NULL;

	va_start(arguments, why);
	if (vasprintf(&reason, why, arguments) < 0)
		allocate_failed();
	va_end(arguments);
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, file);
	if (line)
		fprintf(stderr, ":%u", line);
	fputs(": ", stderr);
	utf8_print_escaped(stderr, reason);
	fputc('\n', stderr);
	free(reason);
	return false;
}

bool malformed_unreadable(const char *file)
{
	return malformed(file, 0, "%s", errno == EFBIG ? "it is too large" : strerror(errno));
}
