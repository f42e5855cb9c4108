/* SPDX-License-Identifier: MIT */
/*
 * `finleak attach` lists the sockets of a process while its events wait to be read: a descriptor
 * may have been other sockets before it was the one that is listed.
 */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/attach/attached_before.h"
#include "analyzer/attach/attached_events.h"
#include "analyzer/base/clock.h"
#include "preload/ledger/ledger.h"

struct fixture {
	char folder[32];
	struct attached_process *process;
	int fd; /* a listener */
	uint64_t before_ns;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct attached_before before;

	if (!fixture)
		return -1;
	*fixture = (struct fixture){ .folder = "/tmp/finleak-test.XXXXXX",
				     .fd = socket(AF_INET, SOCK_STREAM, 0),
				     .before_ns = clock_ns(CLOCK_MONOTONIC) };
	*state = fixture;
	if (!mkdtemp(fixture->folder) || listen(fixture->fd, 1) != 0)
		return -1;
	fixture->process = attached_process_new(getpid(), 1, ORIGIN_ATTACHED, fixture->folder);
	return attached_take_before(fixture->process, &before);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char *path = attached_process_path(fixture->process);

	attached_process_free(fixture->process);
	close(fixture->fd);
	unlink(path);
	rmdir(fixture->folder);
	free(path);
	free(fixture);
	return 0;
}

/* An event about the listener's number, when it was a connection. */
static struct attach_event event_of(const struct fixture *fixture, uint64_t now)
{
	return (struct attach_event){
		.pid = (uint32_t)getpid(),
		.thread = (uint32_t)getpid(),
		.ns = now,
		.fd = fixture->fd,
		.socket = { .sock = 1, .cookie = 1, .inode = 1, .family = AF_INET, .protocol = 6 },
	};
}

static const struct recording_header *header_of(const struct fixture *fixture)
{
	return fixture->process->ledger->header;
}

static void what_is_open_is_listed(void **state)
{
	assert_int_equal(header_of(*state)->open_now, 1);
	assert_int_not_equal(descriptor_get(((struct fixture *)*state)->process->ledger,
					    ((struct fixture *)*state)->fd)
				     .row,
			     NO_ROW);
}

static void earlier_use_of_a_listed_number_loses_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct attach_event event = event_of(fixture, fixture->before_ns);

	attached_accepted(fixture->process, &event);
	attached_closing(fixture->process, &event);
	assert_int_equal(header_of(fixture)->lost[LOST_UNSEEN_ENDS], 0);
	assert_int_equal(header_of(fixture)->opened, 1);
	assert_int_equal(header_of(fixture)->closed, 1);
	assert_int_equal(header_of(fixture)->open_now, 0);
}

static void earlier_close_of_a_listed_number_loses_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct attach_event event = event_of(fixture, fixture->before_ns);

	attached_closing(fixture->process, &event);
	assert_int_equal(header_of(fixture)->lost[LOST_UNSEEN_ENDS], 0);
	assert_int_equal(header_of(fixture)->open_now, 0);
}

static void later_use_of_a_listed_number_shows_an_unseen_close(void **state)
{
	struct fixture *fixture = *state;
	struct attach_event event = event_of(fixture, clock_ns(CLOCK_MONOTONIC));

	attached_accepted(fixture->process, &event);
	assert_int_equal(header_of(fixture)->lost[LOST_UNSEEN_ENDS], 1);
	assert_int_equal(header_of(fixture)->open_now, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_open_is_listed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(earlier_use_of_a_listed_number_loses_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(earlier_close_of_a_listed_number_loses_nothing,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(later_use_of_a_listed_number_shows_an_unseen_close,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
