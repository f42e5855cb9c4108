/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/whole_file.h"

/* More than is read at once. */
#define LONG 200000

static int file_with(const char *bytes, size_t size)
{
	char path[] = "/tmp/finleak-test.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void test_all_of_a_file_is_read(void **state)
{
	char *wrote = malloc(LONG), *text;
	size_t size, i;
	int fd;

	(void)state;
	for (i = 0; i < LONG; i++)
		wrote[i] = (char)(i % 251);
	fd = file_with(wrote, LONG);
	text = whole_file_read_open(fd, LONG, &size);
	assert_non_null(text);
	assert_int_equal(size, LONG);
	assert_memory_equal(text, wrote, LONG);
	assert_int_equal(text[LONG], '\0');
	free(text);
	free(wrote);
	close(fd);
}

static void test_one_byte_too_many_is_refused(void **state)
{
	int fd = file_with("1234567", 7);
	size_t size;
	char *text;

	(void)state;
	assert_null(whole_file_read_open(fd, 6, &size));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	text = whole_file_read_open(fd, 7, &size);
	assert_string_equal(text, "1234567");
	free(text);
	close(fd);
}

/* It never ends: the bound does. */
static void test_an_endless_file_is_refused(void **state)
{
	size_t size;

	(void)state;
	assert_null(whole_file_read("/dev/zero", 1 << 20, &size));
	assert_int_equal(errno, EFBIG);
}

static void test_a_pipe_is_read_to_its_end(void **state)
{
	int ends[2];
	size_t size;
	char *text;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "a\0b", 3), 3);
	close(ends[1]);
	text = whole_file_read_open(ends[0], 100, &size);
	assert_int_equal(size, 3);
	assert_memory_equal(text, "a\0b", 4);
	free(text);
	close(ends[0]);
}

static void test_why_it_cannot_be_read_is_said(void **state)
{
	size_t size;

	(void)state;
	assert_null(whole_file_read("/proc/none", 100, &size));
	assert_int_equal(errno, ENOENT);
	assert_null(whole_file_read("/tmp", 100, &size));
	assert_int_equal(errno, EISDIR);
}

static void test_lines_are_counted_from_one(void **state)
{
	const char *text = "a\nbc\n\nd";

	(void)state;
	assert_int_equal(whole_file_line(text, 0), 1);
	assert_int_equal(whole_file_line(text, 1), 1);
	assert_int_equal(whole_file_line(text, 2), 2);
	assert_int_equal(whole_file_line(text, 5), 3);
	assert_int_equal(whole_file_line(text, 6), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_a_file_is_read),
		cmocka_unit_test(test_one_byte_too_many_is_refused),
		cmocka_unit_test(test_an_endless_file_is_refused),
		cmocka_unit_test(test_a_pipe_is_read_to_its_end),
		cmocka_unit_test(test_why_it_cannot_be_read_is_said),
		cmocka_unit_test(test_lines_are_counted_from_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
