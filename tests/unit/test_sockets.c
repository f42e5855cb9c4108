/* SPDX-License-Identifier: MIT */
/* Which sockets of several processes are one, and which processes are relatives. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/recordings/process_relations.h"
#include "analyzer/sockets/sockets.h"
#include "tests/unit/recording_builder.h"

#define COOKIE 42
#define BOOT_S 1700000000ll /* by the clock */

struct fixture {
	char *folder;
	struct recording_builder server, child;
	struct recordings *recordings;
	struct sockets *sockets;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->folder = builder_new_folder();
	builder_begin(&fixture->server, 10, 1);
	builder_begin(&fixture->child, 11, 10);
	fixture->child.header.origin = ORIGIN_FORK;
	fixture->child.header.start_ns = at_ms(3000);
	*state = fixture;
	return 0;
}

static void forget(struct fixture *fixture)
{
	sockets_free(fixture->sockets);
	recordings_free(fixture->recordings);
	fixture->sockets = NULL;
	fixture->recordings = NULL;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	forget(fixture);
	builder_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

static void boot_at(struct recording_builder *builder, int64_t boot_s)
{
	builder->header.start_realtime_ns = boot_s * 1000000000 + (int64_t)builder->header.start_ns;
}

static void join(struct fixture *fixture)
{
	char path[128];

	forget(fixture);
	snprintf(path, sizeof(path), "%s/server.10.0.finleak", fixture->folder);
	builder_write(&fixture->server, path);
	snprintf(path, sizeof(path), "%s/server.11.0.finleak", fixture->folder);
	builder_write(&fixture->child, path);
	fixture->recordings = recordings_read(&fixture->folder, 1, NULL, 0);
	assert_int_equal(fixture->recordings->count, 2);
	fixture->sockets = sockets_join(fixture->recordings);
}

static void test_joined_within_a_boot(void **state)
{
	struct fixture *fixture = *state;

	builder_add_socket(&fixture->server, 5, COOKIE);
	builder_add_socket(&fixture->child, 5, COOKIE)->source = SOURCE_FORK;
	/* The clock was set by two seconds meanwhile. */
	boot_at(&fixture->server, BOOT_S);
	boot_at(&fixture->child, BOOT_S + 2);
	join(fixture);
	assert_int_equal(fixture->sockets->count, 1);
	assert_int_equal(fixture->sockets->lives[0]->holding_count, 2);
	assert_ptr_equal(fixture->recordings->list[1].parent, &fixture->recordings->list[0]);
	assert_int_equal(fixture->recordings->list[0].heirs_found, 1);
	assert_int_equal(fixture->sockets->opened, 1);
}

/* Cookies and process ids begin again. */
static void test_not_joined_across_boots(void **state)
{
	struct fixture *fixture = *state;

	builder_add_socket(&fixture->server, 5, COOKIE);
	builder_add_departure(&fixture->child, COOKIE)->closed_ns = at_ms(4000);
	fixture->child.header.opened = 1;
	boot_at(&fixture->server, BOOT_S);
	boot_at(&fixture->child, BOOT_S + 3600);
	join(fixture);
	assert_int_equal(fixture->sockets->count, 1);
	assert_int_equal(fixture->sockets->lives[0]->departure_count, 0);
	assert_null(fixture->recordings->list[1].parent);
	assert_int_equal(fixture->sockets->opened, 2);

	/* The later boot's process is the earlier one by its own boot's time. */
	boot_at(&fixture->server, BOOT_S + 3600);
	boot_at(&fixture->child, BOOT_S);
	join(fixture);
	assert_int_equal(fixture->recordings->list[0].recording->header.pid, 11);
	assert_int_equal(fixture->sockets->lives[0]->departure_count, 0);
}

static void test_opened_counted_once(void **state)
{
	struct fixture *fixture = *state;

	/* A listener that both have, a connection that the child took over, and one of its own. */
	builder_add_socket(&fixture->server, 3, 1);
	builder_add_socket(&fixture->child, 3, 1)->source = SOURCE_FORK;
	builder_add_departure(&fixture->server, 2)->closed_ns = at_ms(3500);
	fixture->server.header.opened++;
	builder_add_socket(&fixture->child, 4, 2)->source = SOURCE_FORK;
	builder_add_socket(&fixture->child, 5, 3);
	/* Of some the kernel gave no cookie: nothing is known of their being one. */
	builder_add_socket(&fixture->child, 6, 0);
	join(fixture);
	assert_int_equal(fixture->sockets->opened, 4);
}

/* A process that knows itself by another number, as in a pid namespace, lives as long as it maps.
 */
static void test_running_under_another_pid(void **state)
{
	struct fixture *fixture = *state;
	int ready[2], file, status;
	char path[128], byte;
	pid_t child;

	builder_add_socket(&fixture->child, 5, COOKIE);
	fixture->child.header.end = END_NONE;
	fixture->child.header.end_ns = 0;
	fixture->child.header.pid = 2000000000;
	join(fixture);
	assert_int_equal(fixture->recordings->list[1].state, PROCESS_KILLED);
	assert_false(fixture->recordings->list[1].end_known);

	snprintf(path, sizeof(path), "%s/server.11.0.finleak", fixture->folder);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		file = open(path, O_RDWR | O_CLOEXEC);
		if (file < 0 || mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	forget(fixture);
	fixture->recordings = recordings_read(&fixture->folder, 1, NULL, 0);
	assert_int_equal(fixture->recordings->list[1].state, PROCESS_RUNNING);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	join(fixture);
	assert_int_equal(fixture->recordings->list[1].state, PROCESS_KILLED);
}

/* No recorder writes them; each is judged all the same. */
static void test_many_rows_of_one_socket_are_sockets_of_their_own(void **state)
{
	struct fixture *fixture = *state;
	const struct socket_life *joined = NULL;
	size_t rows = 0, i;

	for (i = 0; i < BUILDER_ROWS / 2; i++)
		builder_add_socket(&fixture->server, (int)i + 5, COOKIE);
	builder_add_socket(&fixture->child, 5, COOKIE)->source = SOURCE_FORK;
	join(fixture);
	for (i = 0; i < fixture->sockets->count; i++) {
		const struct socket_life *life = fixture->sockets->lives[i];

		rows += life->holding_count;
		if (life->holding_count > 1)
			joined = life;
	}
	assert_int_equal(rows, BUILDER_ROWS / 2 + 1);
	assert_non_null(joined);
	assert_in_range(joined->holding_count, 2, 5);
	/* The other process has its part in it. */
	assert_ptr_equal(joined->holdings[joined->holding_count - 1].process,
			 &fixture->recordings->list[1]);
}

/* Who passes a socket to itself closes it as often; the last time counts. */
static void test_of_many_closes_of_one_socket_the_last_count(void **state)
{
	struct fixture *fixture = *state;
	const struct socket_life *life;
	size_t i;

	builder_add_socket(&fixture->child, 5, COOKIE)->source = SOURCE_PASSED;
	for (i = 0; i < BUILDER_ROWS; i++)
		builder_add_departure(&fixture->server, COOKIE)->closed_ns = at_ms(4000 + i);
	join(fixture);
	assert_int_equal(fixture->sockets->count, 1);
	life = fixture->sockets->lives[0];
	assert_in_range(life->departure_count, 1, 4);
	assert_int_equal(life->departures[life->departure_count - 1].departure->closed_ns,
			 at_ms(4000 + BUILDER_ROWS - 1));
}

int main(void)
{
#define SOCKETS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SOCKETS_TEST(test_joined_within_a_boot),
		SOCKETS_TEST(test_not_joined_across_boots),
		SOCKETS_TEST(test_many_rows_of_one_socket_are_sockets_of_their_own),
		SOCKETS_TEST(test_of_many_closes_of_one_socket_the_last_count),
		SOCKETS_TEST(test_opened_counted_once),
		SOCKETS_TEST(test_running_under_another_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
