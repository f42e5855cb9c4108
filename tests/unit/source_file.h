/* SPDX-License-Identifier: MIT */
/* A source file of three lines, and frames in it. Include it after unit.h. */
#ifndef FINLEAK_TEST_SOURCE_FILE_H
#define FINLEAK_TEST_SOURCE_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/symbolize/frame.h"

static char source[] = "/tmp/finleak-test.XXXXXX";

static inline struct frame frame_at(const char *function, unsigned int line)
{
	return (struct frame){ .function = function, .file = source, .line = line, .module = "/s" };
}

/* Around all tests of a program. */
static inline int write_source(void **state)
{
	int fd = mkstemp(source);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	(void)state;
	if (!file)
		return -1;
	fputs("\tclient->end(client);\n\t} catch (const error &) {\n\tplain;\n", file);
	return fclose(file);
}

static inline int remove_source(void **state)
{
	(void)state;
	return unlink(source);
}

#endif
