/* SPDX-License-Identifier: MIT */
/* What is put is taken, and what a hostile process may send does no harm. */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/symbolize/naming_message.h"

static void what_is_put_is_taken(void **state)
{
	struct message message = { 0 };
	const void *bytes;
	size_t size;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		message_put_number(&message, UINT64_MAX - (uint64_t)i);
		message_put_text(&message, "text");
		message_put_text(&message, "");
		message_put_text(&message, NULL);
		message_put_bytes(&message, "\0\1", 2);
	}
	for (i = 0; i < 1000; i++) {
		assert_true(message_take_number(&message) == UINT64_MAX - (uint64_t)i);
		assert_string_equal(message_take_text(&message), "text");
		assert_string_equal(message_take_text(&message), "");
		assert_null(message_take_text(&message));
		bytes = message_take_bytes(&message, &size);
		assert_int_equal(size, 2);
		assert_memory_equal(bytes, "\0\1", 2);
	}
	assert_false(message.is_short);
	message_clear(&message);
}

static void what_is_not_there_is_short(void **state)
{
	struct message message = { 0 };
	size_t size;

	(void)state;
	assert_int_equal(message_take_number(&message), 0);
	assert_true(message.is_short);
	message_restart(&message);
	/* A text of 2^64 - 1 bytes. */
	message_put_number(&message, UINT64_MAX);
	message_put_number(&message, 1);
	assert_null(message_take_text(&message));
	assert_true(message.is_short);
	/* Nothing is taken from a damaged message. */
	assert_int_equal(message_take_number(&message), 0);
	message_restart(&message);
	message_put_bytes(&message, "no end", 6);
	assert_null(message_take_text(&message));
	assert_true(message.is_short);
	message_restart(&message);
	message_put_number(&message, 9);
	message_put_number(&message, 0);
	assert_null(message_take_bytes(&message, &size));
	assert_int_equal(size, 0);
	message_clear(&message);
}

static void is_sent_whole(void **state)
{
	struct message sent = { 0 }, received = { 0 };
	const uint64_t too_long = UINT64_MAX;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	message_put_text(&sent, "one");
	assert_true(message_send(ends[0], &sent));
	assert_true(message_receive(ends[1], &received));
	assert_string_equal(message_take_text(&received), "one");
	/* More than any message is long. */
	assert_int_equal(write(ends[0], &too_long, sizeof(too_long)), sizeof(too_long));
	assert_false(message_receive(ends[1], &received));
	/* Cut short: its sender has died. */
	assert_int_equal(write(ends[0], "\x8\0\0\0\0\0\0\0half", 12), 12);
	close(ends[0]);
	assert_false(message_receive(ends[1], &received));
	assert_false(message_send(ends[1], &sent));
	close(ends[1]);
	message_clear(&sent);
	message_clear(&received);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_taken),
		cmocka_unit_test(what_is_not_there_is_short),
		cmocka_unit_test(is_sent_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
