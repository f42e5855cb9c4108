/* SPDX-License-Identifier: MIT */
/* Files of a few bytes, for tests of who replaces them. Include it after unit.h. */
#ifndef FINLEAK_TEST_SHORT_TEXTS_H
#define FINLEAK_TEST_SHORT_TEXTS_H

#include <stdio.h>
#include <string.h>

static inline void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static inline void assert_text(const char *path, const char *expected)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), strlen(expected));
	fclose(file);
	assert_string_equal(text, expected);
}

#endif
