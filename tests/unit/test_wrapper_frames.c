/* SPDX-License-Identifier: MIT */
/* Which frames of a stack only lead to the recorder. */
#include "tests/unit/unit.h"

#include "analyzer/call_sites/wrapper_frames.h"

#define LIBC    "/lib/x86_64-linux-gnu/libc.so.6"
#define ASAN    "/usr/lib/x86_64-linux-gnu/libasan.so.8"
#define PROGRAM "/opt/server"

static size_t wrapper_frames_of(const struct frame *frames)
{
	size_t count = 0;

	while (frames[count].module)
		count++;
	return wrapper_frames(frames, count);
}

static void test_fork(void **state)
{
	const struct frame named[] = { { .function = "__run_prefork_handlers", .module = LIBC },
				       { .function = "__libc_fork", .module = LIBC },
				       { .function = "start_child", .module = PROGRAM },
				       { .module = NULL } };
	const struct frame stripped[] = { { .module = LIBC },
					  { .function = "fork", .module = LIBC },
					  { .function = "start_child", .module = PROGRAM },
					  { .module = NULL } };
	const struct frame own[] = { { .function = "fork", .module = PROGRAM },
				     { .function = "__libc_start_main", .module = LIBC },
				     { .module = NULL } };
	const struct frame linked[] = { { .function = "_Fork", .module = PROGRAM },
					{ .function = "__libc_fork", .module = PROGRAM },
					{ .function = "start_child", .module = PROGRAM },
					{ .module = NULL } };
	const struct frame musl[] = { { .function = "_Fork", .module = PROGRAM },
				      { .function = "fork", .module = PROGRAM },
				      { .function = "start_child", .module = PROGRAM },
				      { .module = NULL } };
	const struct frame outer[] = { { .function = "start_child", .module = PROGRAM },
				       { .function = "fork", .module = LIBC },
				       { .module = NULL } };

	(void)state;
	assert_int_equal(wrapper_frames_of(named), 2);
	assert_int_equal(wrapper_frames_of(stripped), 2);
	assert_int_equal(wrapper_frames_of(own), 0);
	assert_int_equal(wrapper_frames_of(linked), 2);
	assert_int_equal(wrapper_frames_of(musl), 2);
	assert_int_equal(wrapper_frames_of(outer), 0);
}

static void test_other_libc_frames_stay(void **state)
{
	const struct frame frames[] = { { .function = "_IO_file_read", .module = LIBC },
					{ .function = "fgets", .module = LIBC },
					{ .function = "read_line", .module = PROGRAM },
					{ .module = NULL } };
	const struct frame nobody[] = { { .module = "" }, { .module = NULL } };

	(void)state;
	assert_int_equal(wrapper_frames_of(frames), 0);
	assert_int_equal(wrapper_frames_of(nobody), 0);
}

static void test_libc_in_the_program(void **state)
{
	const struct frame call[] = { { .function = "splice", .module = PROGRAM },
				      { .function = "forward", .module = PROGRAM },
				      { .module = NULL } };
	const struct frame own[] = { { .function = "splice", .file = "rope.c", .module = PROGRAM },
				     { .function = "forward", .module = PROGRAM },
				     { .module = NULL } };
	const struct frame stream[] = { { .function = "__libc_read", .module = PROGRAM },
					{ .function = "_IO_new_file_underflow", .module = PROGRAM },
					{ .function = "_IO_default_uflow", .module = PROGRAM },
					{ .function = "_IO_getline_info", .module = PROGRAM },
					{ .function = "_IO_fgets", .module = PROGRAM },
					{ .function = "read_line", .module = PROGRAM },
					{ .module = NULL } };
	const struct frame lines[] = { { .function = "__read", .module = PROGRAM },
				       { .function = "__stdio_read", .module = PROGRAM },
				       { .function = "__uflow", .module = PROGRAM },
				       { .function = "fgets", .module = PROGRAM },
				       { .function = "getline_of", .module = PROGRAM },
				       { .module = NULL } };

	(void)state;
	assert_int_equal(wrapper_frames_of(call), 1);
	assert_int_equal(wrapper_frames_of(own), 0);
	assert_int_equal(wrapper_frames_of(stream), 5);
	assert_int_equal(wrapper_frames_of(lines), 4);
}

static void test_interceptors(void **state)
{
	const struct frame shared[] = { { .function = "__interceptor_read", .module = ASAN },
					{ .function = "read_line", .module = PROGRAM },
					{ .module = NULL } };
	const struct frame linked[] = { { .function = "___interceptor_recv", .module = PROGRAM },
					{ .function = "read_line", .module = PROGRAM },
					{ .function = "__interceptor_outer", .module = PROGRAM },
					{ .module = NULL } };
	const struct frame forked[] = { { .function = "__libc_fork", .module = LIBC },
					{ .function = "__interceptor_fork", .module = ASAN },
					{ .function = "start_child", .module = PROGRAM },
					{ .module = NULL } };

	(void)state;
	assert_int_equal(wrapper_frames_of(shared), 1);
	assert_int_equal(wrapper_frames_of(linked), 1);
	assert_int_equal(wrapper_frames_of(forked), 2);
}

static void test_never_all(void **state)
{
	const struct frame frames[] = { { .function = "__run_prefork_handlers", .module = LIBC },
					{ .function = "__libc_fork", .module = LIBC },
					{ .module = NULL } };

	(void)state;
	assert_int_equal(wrapper_frames_of(frames), 0);
	assert_int_equal(wrapper_frames(frames, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_other_libc_frames_stay),
		cmocka_unit_test(test_libc_in_the_program),
		cmocka_unit_test(test_interceptors),
		cmocka_unit_test(test_never_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
