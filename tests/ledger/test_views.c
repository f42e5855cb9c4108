/* SPDX-License-Identifier: MIT */
/* How far a recording is mapped: by need, and no further than the program's limit leaves room. */
#include "preload/ledger/ledger_views.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "preload/ledger/ledger_child.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "tests/ledger/ledger_fixture.h"

#define THREADS     8
#define OF_EACH     400
#define FRAMES      100
#define GENERATIONS (RECORDED_GENERATIONS_MAX + 2)
#define STACKS      150 /* of each generation: more than its view has room for at first */

/* Bytes of address space. */
static uint64_t address_space(void)
{
	unsigned long long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &pages), 1);
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void an_empty_one_takes_little(void **state)
{
	uint64_t before = address_space();
	struct ledger *ledger = fixture_open();

	(void)state;
	assert_true(address_space() - before < 6 << 20);
	fixture_close(ledger);
	assert_true(address_space() - before < 1 << 20);
}

/* Of the socket table. */
static uint64_t view_size(const struct ledger *ledger)
{
	const struct ledger_mapping *mappings = ledger->mappings[SECTION_SOCKETS];
	unsigned int i = 0;

	while (mappings[i].base != ledger->sections[SECTION_SOCKETS])
		i++;
	return mappings[i].size;
}

static void a_row_stays_where_it_is(void **state)
{
	struct ledger *ledger = *state;
	uint64_t size = view_size(ledger);
	struct held_socket first;
	int fd;

	fixture_socket(ledger, 1, 1001);
	first = socket_acquire(ledger, 1);
	for (fd = 2; fd < 4000; fd++)
		fixture_socket(ledger, fd, 1000 + (uint64_t)fd);
	assert_true(view_size(ledger) >= 2 * size);
	/* The old place and the new one are the same memory. */
	assert_ptr_not_equal(first.row, socket_row(ledger, first.index));
	first.row->eof_reads = 77;
	assert_int_equal(socket_row(ledger, first.index)->eof_reads, 77);
	assert_int_equal(first.row->cookie, 1001);
	socket_release(ledger, first);
	for (fd = 1; fd < 4000; fd++)
		assert_true(socket_close(ledger, fd, 9, 5000));
	assert_int_equal(fixture_check(ledger), 0);
}

struct opener {
	struct ledger *ledger;
	int first;
};

static void *open_many(void *argument)
{
	const struct opener *opener = argument;
	int fd;

	for (fd = opener->first; fd < opener->first + OF_EACH; fd++)
		fixture_socket(opener->ledger, fd, (uint64_t)fd + 1);
	return NULL;
}

static void threads_make_one_longer_together(void **state)
{
	struct opener openers[THREADS];
	struct ledger *ledger = *state;
	pthread_t threads[THREADS];
	int i, fd;

	for (i = 0; i < THREADS; i++) {
		openers[i] = (struct opener){ ledger, i * OF_EACH };
		assert_int_equal(pthread_create(&threads[i], NULL, open_many, &openers[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(fixture_check(ledger), THREADS * OF_EACH);
	for (fd = 0; fd < THREADS * OF_EACH; fd++) {
		struct held_socket held = socket_acquire(ledger, fd);

		assert_int_equal(held.row->cookie, fd + 1);
		socket_release(ledger, held);
	}
}

/* Others give up the views that they were making, a while later. */
static void *give_up_views(void *argument)
{
	struct ledger *ledger = argument;
	struct ledger_mapping *mappings = ledger->mappings[SECTION_SOCKETS];
	const struct timespec a_while = { .tv_nsec = 2000000 };
	unsigned int i;

	nanosleep(&a_while, NULL);
	for (i = 0; i < LEDGER_MAPPINGS_MAX; i++)
		if (__atomic_load_n(&mappings[i].base, __ATOMIC_ACQUIRE) == NULL)
			__atomic_store_n(&mappings[i].size, 0, __ATOMIC_RELEASE);
	return NULL;
}

static void a_crowd_that_makes_one_longer_loses_nothing(void **state)
{
	struct ledger *ledger = *state;
	struct ledger_mapping *mappings = ledger->mappings[SECTION_SOCKETS];
	pthread_t others;
	unsigned int i;
	int fd;

	/* As many threads are about to make a longer view as may at once. */
	for (i = 0; i < LEDGER_MAPPINGS_MAX; i++)
		if (mappings[i].size == 0)
			mappings[i].size = 1;
	assert_int_equal(pthread_create(&others, NULL, give_up_views, ledger), 0);
	for (fd = 0; fd < 4000; fd++)
		fixture_socket(ledger, fd, (uint64_t)fd + 1);
	pthread_join(others, NULL);
	assert_int_equal(fixture_check(ledger), 4000);
}

/* The frames of stack INDEX of GENERATION, all different. */
static void fill_frames(uint64_t pc[FRAMES], int generation, int index)
{
	int i;

	for (i = 0; i < FRAMES; i++)
		pc[i] = 0x100000 + (uint64_t)((generation * STACKS + index) * FRAMES + i);
}

/* A child has what all before it have interned, and adds its own. Its own child goes on. */
static int live_on(struct ledger *ledger, int generation)
{
	struct ledger_identity identity = fixture_identity();
	uint64_t pc[FRAMES];
	int status = 0, i, g;
	pid_t child;

	if (generation > 0) {
		identity.origin = ORIGIN_FORK;
		identity.pid = getpid();
		ledger_leave_to_parent(ledger);
		if (!ledger_create_for_child(ledger, &identity))
			return 1;
	}
	for (i = 0; i < STACKS; i++) {
		fill_frames(pc, generation, i);
		if (!stack_add(ledger, pc, FRAMES, false, 0))
			return 2;
	}
	fixture_socket(ledger, 5, 100 + (uint64_t)generation);
	for (g = 0; g <= generation; g++)
		for (i = 0; i < STACKS; i++) {
			fill_frames(pc, g, i);
			if (!stack_find(ledger, pc, FRAMES))
				return 3;
		}
	if (generation == GENERATIONS)
		return 0;
	child = fork();
	if (child == 0)
		_exit(live_on(ledger, generation + 1));
	if (waitpid(child, &status, 0) != child)
		return 4;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 5;
}

static void children_grow_behind_what_they_inherit(void **state)
{
	assert_int_equal(live_on(*state, 0), 0);
}

/* In a child of the test: what its limit leaves no room for is lost, and nothing else happens. */
static int live_within(uint64_t more)
{
	struct rlimit limit = { address_space() + more, RLIM_INFINITY };
	struct ledger *ledger;
	uint64_t after;
	int fd;

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return 1;
	ledger = fixture_open();
	for (fd = 1; fd < 100000; fd++) {
		struct new_socket fresh = { KIND_TCP, SOURCE_SOCKET, (uint64_t)fd, fd, 1000 };
		struct held_socket held = socket_take(ledger, &fresh);

		if (socket_is_held(held))
			socket_publish(ledger, held, fd);
	}
	after = address_space();
	if (ledger->header->lost[LOST_SOCKETS] == 0 || ledger->header->opened < 200)
		return 2;
	/* The program has kept most of it. */
	return limit.rlim_cur - after > more / 2 ? 0 : 3;
}

/* A sanitizer's shadow is address space, too. */
static bool is_sanitized(void)
{
	return address_space() > 1ull << 40;
}

static void a_limit_is_the_programs(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	if (is_sanitized())
		skip();
	child = fork();
	if (child == 0)
		_exit(live_within(32 << 20));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_one_takes_little, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(a_row_stays_where_it_is, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(threads_make_one_longer_together, fixture_setup,
						fixture_teardown),
		LEDGER_TEST(a_crowd_that_makes_one_longer_loses_nothing),
		cmocka_unit_test_setup_teardown(children_grow_behind_what_they_inherit,
						fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_limit_is_the_programs, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
