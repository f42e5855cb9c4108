/* SPDX-License-Identifier: MIT */
/* The recorder's own calls, by finleak.h: calls/own_calls.c. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"
#include "preload/testing/finleak.h"

/* COUNT where there is a recorder to count; else that there is none. */
static void expect_leaked(uint64_t since, long count)
{
	errno = EXDEV;
	assert_int_equal(finleak_leaked(since, 0), is_recorded() ? count : -1);
	assert_int_equal(errno, EXDEV);
}

static void read_end(int fd)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 0);
}

static void a_checkpoint_is_a_moment(void **state)
{
	uint64_t first = finleak_checkpoint(), second = finleak_checkpoint();

	(void)state;
	assert_int_equal(first != 0, is_recorded());
	assert_true(second >= first);
}

static void an_end_that_was_read_counts_until_the_close(void **state)
{
	uint64_t before = finleak_checkpoint();
	struct connection pair = half_closed();

	(void)state;
	read_end(pair.ours);
	expect_leaked(before, 1);
	expect_leaked(finleak_checkpoint(), 0);
	disconnect(&pair);
	expect_leaked(before, 0);
}

static void an_end_that_nobody_read_counts(void **state)
{
	uint64_t before = finleak_checkpoint();
	struct connection pair = half_closed();

	(void)state;
	expect_leaked(before, 1);
	disconnect(&pair);
}

static void what_nothing_has_finished_does_not_count(void **state)
{
	uint64_t before = finleak_checkpoint();
	struct connection pair = connected();

	(void)state;
	expect_leaked(before, 0);
	disconnect(&pair);
}

static void an_older_socket_counts_that_has_ended_since(void **state)
{
	struct connection pair = half_closed();
	uint64_t before = finleak_checkpoint();

	(void)state;
	read_end(pair.ours);
	expect_leaked(before, 1);
	disconnect(&pair);
}

static void a_duplicate_is_no_second_socket(void **state)
{
	uint64_t before = finleak_checkpoint();
	struct connection pair = half_closed();
	int copy = dup(pair.ours);

	(void)state;
	read_end(pair.ours);
	expect_leaked(before, 1);
	disconnect(&pair);
	expect_leaked(before, 1);
	close(copy);
	expect_leaked(before, 0);
}

static void *closes_later(void *connection)
{
	poll(NULL, 0, 20);
	disconnect(connection);
	return NULL;
}

static void a_close_by_another_thread_is_waited_for(void **state)
{
	uint64_t before = finleak_checkpoint();
	struct connection pair = half_closed();
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, closes_later, &pair);
	assert_int_equal(finleak_leaked(before, 10000), is_recorded() ? 0 : -1);
	pthread_join(thread, NULL);
}

/* The label at PLACE; "" for none. */
static const char *label_at(uint32_t place)
{
	return place ? string_in(own_recording(), place - 1) : "";
}

static void set_label(const char *label)
{
	errno = EXDEV;
	assert_int_equal(finleak_label(label), is_recorded() ? 0 : -1);
	assert_int_equal(errno, EXDEV);
}

static void expect_labels(int fd, const char *opened, const char *ended)
{
	if (!is_recorded())
		return;
	assert_string_equal(label_at(row_of(fd)->opened_label), opened);
	assert_string_equal(label_at(row_of(fd)->ended_label), ended);
}

static void a_socket_has_the_labels_of_its_opening_and_its_end(void **state)
{
	struct connection pair;

	(void)state;
	set_label("opens");
	pair = half_closed();
	expect_labels(pair.ours, "opens", "");
	set_label("reads");
	read_end(pair.ours);
	set_label(NULL);
	expect_labels(pair.ours, "opens", "reads");
	disconnect(&pair);
	pair = half_closed();
	read_end(pair.ours);
	expect_labels(pair.ours, "", "");
	disconnect(&pair);
}

static void a_long_label_is_cut_between_characters(void **state)
{
	char label[400], kept[256] = "";
	struct connection pair;
	size_t i;

	(void)state;
	label[0] = kept[0] = 'x';
	for (i = 1; i + 2 < sizeof(label); i += 2)
		memcpy(label + i, "\xc3\xa9", 3);
	memcpy(kept, label, 255);
	label[sizeof(label) - 1] = '\0';
	set_label(label);
	pair = connected();
	expect_labels(pair.ours, kept, "");
	disconnect(&pair);
	/* One byte more in front, and the last character does not fit. */
	memmove(label + 1, label, sizeof(label) - 2);
	memmove(kept + 1, kept, sizeof(kept) - 2);
	kept[254] = '\0';
	set_label(label);
	pair = connected();
	expect_labels(pair.ours, kept, "");
	disconnect(&pair);
	set_label("");
}

static void a_forked_child_goes_on_under_the_label(void **state)
{
	struct connection pair;
	pid_t child;

	(void)state;
	set_label("parent");
	pair = half_closed();
	child = fork();
	if (child == 0) {
		read_end(pair.ours);
		if (is_recorded())
			report_row(pair.ours);
		_exit(0);
	}
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded()) {
		assert_string_equal(label_at(reported()->opened_label), "parent");
		assert_string_equal(label_at(reported()->ended_label), "parent");
	}
	set_label(NULL);
	disconnect(&pair);
}

static void a_child_without_sockets_can_be_labelled(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		uint64_t before = finleak_checkpoint();
		struct connection pair;
		bool held;

		set_label("child");
		pair = half_closed();
		expect_labels(pair.ours, "child", "");
		held = finleak_leaked(before, 0) == (is_recorded() ? 1 : -1);
		_exit(!held);
	}
	assert_int_equal(wait_for_child(child), 0);
}

int main(int argc, char **argv)
{
	children_start();
	add_test("a_checkpoint_is_a_moment", a_checkpoint_is_a_moment);
	add_test("an_end_that_was_read_counts_until_the_close",
		 an_end_that_was_read_counts_until_the_close);
	add_test("an_end_that_nobody_read_counts", an_end_that_nobody_read_counts);
	add_test("what_nothing_has_finished_does_not_count",
		 what_nothing_has_finished_does_not_count);
	add_test("an_older_socket_counts_that_has_ended_since",
		 an_older_socket_counts_that_has_ended_since);
	add_test("a_duplicate_is_no_second_socket", a_duplicate_is_no_second_socket);
	add_test("a_close_by_another_thread_is_waited_for",
		 a_close_by_another_thread_is_waited_for);
	add_test("a_socket_has_the_labels_of_its_opening_and_its_end",
		 a_socket_has_the_labels_of_its_opening_and_its_end);
	add_test("a_long_label_is_cut_between_characters", a_long_label_is_cut_between_characters);
	add_test("a_forked_child_goes_on_under_the_label", a_forked_child_goes_on_under_the_label);
	add_test("a_child_without_sockets_can_be_labelled",
		 a_child_without_sockets_can_be_labelled);
	return run_call_tests(argc, argv, "interposed.own_calls");
}
