/* SPDX-License-Identifier: MIT */
#include "expect.h"

static void expect_stack(uint32_t stack, const void *function, const char *what)
{
	if (stack == 0)
		fail_msg("%s has no stack", what);
	if (!stack_begins_in(own_recording(), stack, function))
		fail_msg("the stack of %s does not begin in the function that made the call", what);
}

static const struct recorded_socket *tracked(int fd)
{
	const struct recorded_socket *row = row_of(fd);

	if (!row)
		fail_msg("descriptor %d is not tracked", fd);
	return row;
}

void expect_opened(int fd, enum recorded_source source, const void *function)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_int_equal(row->source, source);
	assert_int_equal(row->first_fd, fd);
	assert_true(row->opened_ns != 0);
	assert_true(row->cookie != 0);
	assert_int_equal(row->descriptors, 1);
	expect_stack(row->opened_stack, function, "the opening");
}

void expect_untracked(int fd)
{
	if (is_recorded() && row_of(fd))
		fail_msg("descriptor %d is tracked", fd);
}

void expect_role(int fd, enum recorded_role role)
{
	if (is_recorded())
		assert_int_equal(tracked(fd)->role, role);
}

void expect_eof(int fd, const void *function)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_true(row->life & LIFE_EOF);
	assert_true(row->eof_ns != 0);
	assert_true(row->eof_reads != 0);
	assert_false(row->life & LIFE_ERROR);
	expect_stack(row->eof_stack, function, "EOF");
}

void expect_error(int fd, enum recorded_error_call call, int error, const void *function)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_true(row->life & LIFE_ERROR);
	assert_true(row->error_ns != 0);
	assert_int_equal(row->error, error);
	assert_int_equal(row->error_call, call);
	assert_int_not_equal(row->role, ROLE_CONNECT_FAILED);
	assert_false(row->life & LIFE_EOF);
	expect_stack(row->error_stack, function, "the error");
}

void expect_connect_failed(int fd, int error, const void *function)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_true(row->life & LIFE_ERROR);
	assert_true(row->error_ns != 0);
	assert_int_equal(row->error, error);
	assert_int_equal(row->role, ROLE_CONNECT_FAILED);
	expect_stack(row->connect_stack, function, "connect()");
}

void expect_no_end(int fd)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_int_equal(row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN), 0);
	assert_int_equal(row->eof_ns, 0);
	assert_int_equal(row->error_ns, 0);
	assert_int_equal(row->shutdown_ns, 0);
	assert_int_equal(row->eof_reads, 0);
}

void expect_paused(int fd, unsigned int times, const void *function)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_int_equal(row->paused, times);
	if (times)
		expect_stack(row->paused_stack, function, "the pause");
	else
		assert_int_equal(row->paused_stack, 0);
}

void expect_last_use(int fd, enum recorded_use use, const void *function)
{
	const struct recorded_socket *row;

	if (!is_recorded())
		return;
	row = tracked(fd);
	assert_int_equal(row->last_use, use);
	assert_true(row->last_use_ns != 0);
	expect_stack(row->last_use_stack, function, "the last use");
}

struct counts counts_now(void)
{
	const struct recording_header *own;

	if (!is_recorded())
		return (struct counts){ 0 };
	own = own_recording();
	return (struct counts){
		.opened = own->opened,
		.eof = own->eof,
		.closed = own->closed,
		.open_now = own->open_now,
		.unseen_ends = own->lost[LOST_UNSEEN_ENDS],
		.reentered = own->lost[LOST_REENTERED],
		.heirs = own->heirs,
	};
}

void expect_same_counts(const struct counts *before)
{
	struct counts now = counts_now();

	assert_int_equal(now.opened, before->opened);
	assert_int_equal(now.eof, before->eof);
	assert_int_equal(now.closed, before->closed);
	assert_int_equal(now.open_now, before->open_now);
	assert_int_equal(now.unseen_ends, before->unseen_ends);
	assert_int_equal(now.reentered, before->reentered);
	assert_int_equal(now.heirs, before->heirs);
}
