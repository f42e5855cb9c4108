/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"

#define OTHER_STATUS 7

/* More than the address space; not a constant, which compilers warn of. */
static volatile size_t too_much = SIZE_MAX / 4;

/* A sanitizer's malloc() says something, too. */
#define TEXT_SIZE (1 << 16)

/* How a child ends that calls RUN; what it writes to stderr is in TEXT of SIZE bytes. */
static int status_of(void (*run)(void), char *text, size_t size)
{
	int ends[2], status;
	size_t used = 0;
	ssize_t length;
	pid_t child;

	memset(text, 0, size);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		run();
		_exit(0);
	}
	close(ends[1]);
	while ((length = read(ends[0], text + used, size - 1 - used)) > 0)
		used += (size_t)length;
	assert_true(length == 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void ask_for_too_much(void)
{
	allocate_zeroed(too_much, 1);
}

static void ask_for_more_than_a_size(void)
{
	char *list = NULL;

	/* As if there were so many: the next one's room is no size. */
	allocate_next(&list, too_much + 1, 16);
}

static void end_otherwise(int status)
{
	_exit(status == EXIT_NOT_JUDGED ? OTHER_STATUS : 0);
}

static void ask_in_a_helper(void)
{
	allocate_fail_by(end_otherwise);
	allocate_zeroed(too_much, 1);
}

/* Never a crash, never "clean". */
static void test_without_memory_nothing_is_judged(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	assert_int_equal(status_of(ask_for_too_much, text, sizeof(text)), EXIT_NOT_JUDGED);
	assert_non_null(strstr(text, "finleak: out of memory\n"));
	assert_int_equal(status_of(ask_for_more_than_a_size, text, sizeof(text)), EXIT_NOT_JUDGED);
	assert_non_null(strstr(text, "finleak: out of memory\n"));
}

/* A helper's end costs names; finleak itself says what there is to say. */
static void test_a_helper_ends_by_itself_and_silently(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	assert_int_equal(status_of(ask_in_a_helper, text, sizeof(text)), OTHER_STATUS);
	assert_null(strstr(text, "finleak: "));
}

static void test_lists_grow_zeroed(void **state)
{
	uint32_t *list = NULL, *next, i;

	(void)state;
	for (i = 0; i < 100; i++) {
		next = allocate_next(&list, i, sizeof(*list));
		assert_ptr_equal(next, &list[i]);
		assert_int_equal(*next, 0);
		*next = i + 1;
	}
	for (i = 0; i < 100; i++)
		assert_int_equal(list[i], i + 1);
	free(list);
	/* None is room for one, which free() takes. */
	list = allocate_zeroed(0, sizeof(*list));
	assert_non_null(list);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_memory_nothing_is_judged),
		cmocka_unit_test(test_a_helper_ends_by_itself_and_silently),
		cmocka_unit_test(test_lists_grow_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
