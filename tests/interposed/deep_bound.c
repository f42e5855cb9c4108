/* SPDX-License-Identifier: MIT */
/*
 * Libraries opened with RTLD_DEEPBIND find libc's calls past the recorder (calls/loader.c,
 * platform/deep_bound.c): they are recorded all the same, and opened as they are bare.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "deep_below.h"
#include "expect.h"
#include "own_recording.h"

typedef ssize_t call_on(int fd);
typedef int opened_first(void);

static void *open_deep(const char *path)
{
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND);

	assert_non_null(library);
	assert_null(dlerror());
	return library;
}

static long call(void *library, const char *name, int fd)
{
	call_on *function = (call_on *)dlsym(library, name);

	assert_non_null(function);
	return function(fd);
}

/* Reads an EOF by the library's NAME. */
static void expect_eof_recorded(void *library, const char *name)
{
	struct connection connection = half_closed();
	const struct recorded_socket *row;

	assert_int_equal(call(library, name, connection.ours), 0);
	if (is_recorded()) {
		row = row_of(connection.ours);
		assert_non_null(row);
		assert_int_not_equal(row->eof_ns, 0);
	}
	disconnect(&connection);
}

/* What it calls is bound when it is called: by then its constructor's close(), none of the others.
 */
static void lazily_bound_calls_are_recorded(void **state)
{
	struct connection connection = connected();
	void *library = open_deep(DEEP_LIBRARY);
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		expect_eof_recorded(library, "receive_in_library");
		expect_eof_recorded(library, "receive_below");
	}
	assert_int_equal(call(library, "close_in_library", connection.ours), 0);
	if (is_recorded())
		assert_null(row_of(connection.ours));
	close(connection.theirs);
	assert_int_equal(dlclose(library), 0);
}

static void library_opened_again_is_recorded(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		void *library = open_deep(DEEP_LIBRARY), *again = open_deep(DEEP_LIBRARY);

		assert_ptr_equal(again, library);
		expect_eof_recorded(library, "receive_below");
		assert_int_equal(dlclose(again), 0);
		expect_eof_recorded(library, "receive_in_library");
		assert_int_equal(dlclose(library), 0);
		assert_null(dlopen(DEEP_LIBRARY, RTLD_LAZY | RTLD_NOLOAD));
	}
}

/* Bound at once the library can't be opened; bound when it is called nobody misses the function. */
static void missing_function_is_missed_when_called(void **state)
{
	void *library = open_deep(LACKING_LIBRARY);

	(void)state;
	assert_non_null(dlsym(library, "call_missing"));
	expect_eof_recorded(library, "receive_in_library");
	assert_int_equal(dlclose(library), 0);
	assert_null(dlopen(LACKING_LIBRARY, RTLD_NOW | RTLD_DEEPBIND));
	assert_non_null(dlerror());
}

static void function_defined_later_is_found(void **state)
{
	void *library = open_deep(DEEP_LIBRARY);
	void *later = dlopen(LATER_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
	int (*call_later)(void) = (int (*)(void))dlsym(library, "call_later");

	(void)state;
	assert_non_null(later);
	assert_non_null(call_later);
	assert_int_equal(call_later(), 1);
	assert_int_equal(dlclose(later), 0);
	assert_int_equal(dlclose(library), 0);
}

/* What a library defines for itself is what it calls. */
static void own_definition_is_called(void **state)
{
	struct connection connection = connected();
	void *library = open_deep(DEEP_LIBRARY);

	(void)state;
	assert_int_equal(call(library, "send_in_library", connection.ours), SENT_BELOW);
	assert_int_equal(dlclose(library), 0);
	disconnect(&connection);
}

/* The second is bound at once. */
static void *open_and_close(void *failures)
{
	static const char *const paths[] = { DEEP_LIBRARY, GUARDED_LIBRARY };
	size_t i;

	for (i = 0; i < 1000; i++) {
		void *library = dlopen(paths[i % 2], RTLD_LAZY | RTLD_DEEPBIND);

		if (!library || call(library, "receive_in_library", -1) != -1 || dlclose(library))
			__atomic_add_fetch((int *)failures, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* What another thread is loading at this moment is left alone. */
static void threads_open_libraries_at_once(void **state)
{
	pthread_t threads[4];
	int failures = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, &failures), 0);
	for (i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
}

/* Another namespace has a libc of its own, and nothing of the recorder. */
static void other_namespace_works(void **state)
{
	void *library = dlmopen(LM_ID_NEWLM, DEEP_LIBRARY, RTLD_LAZY | RTLD_DEEPBIND);
	struct connection connection = half_closed();
	void *here = open_deep(DEEP_LIBRARY);

	(void)state;
	assert_non_null(library);
	assert_int_equal(call(library, "receive_in_library", connection.ours), 0);
	assert_int_equal(call(library, "send_in_library", connection.ours), SENT_BELOW);
	expect_eof_recorded(here, "receive_in_library");
	assert_int_equal(dlclose(here), 0);
	assert_int_equal(dlclose(library), 0);
	disconnect(&connection);
}

/* Ahead of the tests with threads: other threads may be about to note what they have opened. */
static void socket_of_constructor_is_adopted(void **state)
{
	void *library = open_deep(OPENING_LIBRARY);
	opened_first *opened = (opened_first *)dlsym(library, "opened_by_constructor");
	const struct recorded_socket *row;
	uint64_t count;

	(void)state;
	assert_non_null(opened);
	assert_true(opened() >= 0);
	if (is_recorded()) {
		row = row_of(opened());
		assert_non_null(row);
		assert_int_equal(row->source, SOURCE_ADOPTED);
		assert_int_equal(row->role, ROLE_LISTENER);
		assert_true(
			stack_passes(own_recording(), row->opened_stack, (const void *)open_deep));
		/* What is tracked already stays as it is. */
		count = own_recording()->opened;
		assert_int_equal(dlclose(open_deep(DEEP_LIBRARY)), 0);
		assert_int_equal(own_recording()->opened, count);
		assert_ptr_equal(row_of(opened()), row);
	}
	close(opened());
	assert_int_equal(dlclose(library), 0);
}

int main(int argc, char **argv)
{
	add_test("socket_of_constructor_is_adopted", socket_of_constructor_is_adopted);
	add_call_test("dlopen", lazily_bound_calls_are_recorded, NULL,
		      "lazily_bound_calls_after_*_are_recorded");
	add_call_test("dlopen", library_opened_again_is_recorded, NULL,
		      "library_opened_again_by_*_is_recorded");
	add_call_test("dlopen", missing_function_is_missed_when_called, NULL,
		      "function_missing_at_*_is_missed_when_called");
	add_call_test("dlopen", function_defined_later_is_found, NULL,
		      "function_defined_after_*_is_found");
	add_call_test("dlopen", own_definition_is_called, NULL, "own_definition_is_called_after_*");
	add_call_test("dlopen", threads_open_libraries_at_once, NULL,
		      "threads_open_libraries_at_once_by_*");
	add_test("other_namespace_works", other_namespace_works);
	return run_call_tests(argc, argv, "interposed.deep_bound");
}
