/* SPDX-License-Identifier: MIT */
/*
 * A server (pid 10) that accepts by one stack and reads the end by another, whatever the listener:
 * what parts its findings, and what does not.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/call_sites/call_sites.h"
#include "tests/unit/recording_builder.h"

static const struct own_globs no_globs;

struct server {
	struct recording_builder builder;
	uint32_t opened, eof;
	char *folder;
	struct recordings *recordings;
	struct sockets *sockets;
	struct leaks *leaks;
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	struct call_sites *sites;
};

static int set_up(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	uint64_t pc = 0x400010;

	server->folder = builder_new_folder();
	builder_begin(&server->builder, 10, 1);
	builder_add_module(&server->builder, "/opt/server", 0x400000, 0x500000);
	server->opened = builder_add_stack(&server->builder, &pc, 1);
	pc += 16;
	server->eof = builder_add_stack(&server->builder, &pc, 1);
	*state = server;
	return 0;
}

static int tear_down(void **state)
{
	struct server *server = *state;

	call_sites_free(server->sites);
	backtraces_free(server->backtraces);
	symbolizer_free(server->symbolizer);
	leaks_free(server->leaks);
	sockets_free(server->sockets);
	recordings_free(server->recordings);
	builder_remove_folder(server->folder);
	free(server);
	return 0;
}

static void group(struct server *server)
{
	static const struct judge_options judging = { .min_held_ns = 100000000,
						      .late_ns = 10000000000 };
	struct code_naming naming;
	char path[128];

	snprintf(path, sizeof(path), "%s/10.finleak", server->folder);
	builder_write(&server->builder, path);
	server->recordings = recordings_read(&server->folder, 1, NULL, 0);
	server->sockets = sockets_join(server->recordings);
	server->leaks = judge_all(server->recordings, server->sockets, &judging);
	server->backtraces = backtraces_new();
	server->symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	naming = (struct code_naming){ server->backtraces, server->symbolizer, &no_globs };
	server->sites = call_sites_group(server->recordings, server->sockets, server->leaks,
					 &judging, &naming);
}

static struct recorded_socket *listen_on(struct server *server, int fd, uint16_t port,
					 uint64_t opened_ms)
{
	struct recorded_socket *row = builder_add_socket(&server->builder, fd, (uint64_t)fd + 100);

	row->source = SOURCE_SOCKET;
	row->role = ROLE_LISTENER;
	row->opened_ns = at_ms(opened_ms);
	row->local.port = port;
	return row;
}

/* One that stood until CLOSED_MS. */
static struct recorded_departure *listened_on(struct server *server, uint16_t port,
					      uint64_t closed_ms)
{
	struct recorded_departure *departure = builder_add_departure(&server->builder, port);

	departure->flags = DEPARTED_LISTENER;
	departure->opened_ns = at_ms(1000);
	departure->closed_ns = at_ms(closed_ms);
	departure->local.port = port;
	return departure;
}

static struct recorded_socket *leak_from(struct server *server, int fd, uint16_t port)
{
	struct recorded_socket *row = builder_add_socket(&server->builder, fd, (uint64_t)fd);

	row->opened_stack = server->opened;
	row->eof_stack = server->eof;
	row->eof_ns = at_ms(5000);
	row->local.port = port;
	return row;
}

static void test_listeners_part(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1200);
	listen_on(server, 4, 8443, 1100);
	leak_from(server, 5, 8080);
	leak_from(server, 6, 8443);
	leak_from(server, 7, 8080);
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 2);
	/* The order of opening counts, not that of ports or descriptors. */
	assert_int_equal(server->sites->sites->key.listener, 1);
	assert_int_equal(server->sites->sites->count, 2);
	assert_int_equal(server->sites->sites->side, SIDE_ACCEPTED);
}

/* All of them close when the program ends; it had opened its last connection by then. */
static void test_closed_at_the_end(void **state)
{
	struct server *server = *state;

	listened_on(server, 8080, 90000);
	listened_on(server, 8443, 90001);
	leak_from(server, 5, 8080);
	leak_from(server, 6, 8443);
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 2);
}

/* A listener for one transfer, or one test, is not what the program serves. */
static void test_passing_listeners_do_not_part(void **state)
{
	struct server *server = *state;

	listened_on(server, 40001, 1500);
	listened_on(server, 40002, 1600);
	leak_from(server, 5, 40001);
	leak_from(server, 6, 40002);
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 1);
}

/* Threads that listen for one connection each: the last ones close after the last accept(). */
static void test_last_of_many_passing_listeners_do_not_part(void **state)
{
	struct server *server = *state;
	uint16_t port;

	for (port = 40001; port <= 40003; port++) {
		struct recorded_departure *departure =
			listened_on(server, port, port == 40001 ? 1500 : 90000);

		departure->listen_stack = server->opened;
		leak_from(server, port - 40000, port);
	}
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 1);
}

static void test_listeners_of_one_stack_part(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1100)->listen_stack = server->opened;
	listen_on(server, 4, 8443, 6000)->listen_stack = server->opened;
	leak_from(server, 5, 8080);
	leak_from(server, 6, 8443);
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 2);
}

/* A connection that spun, and was closed without having been asked for its address. */
static void departed(struct server *server, uint64_t cookie)
{
	struct recorded_departure *departure = builder_add_departure(&server->builder, cookie);

	departure->source = SOURCE_ACCEPT;
	departure->flags = DEPARTED_STUCK | DEPARTED_SPUN;
	departure->opened_stack = departure->closed_stack = server->opened;
	departure->opened_ns = at_ms(2000);
	departure->eof_stack = departure->decided_stack = server->eof;
	departure->eof_ns = departure->decided_ns = at_ms(5000);
	departure->decision = DECIDED_EOF;
	departure->closed_ns = at_ms(20000);
	departure->eof_reads = 1000000;
}

/* Where the listener of the first leak began to listen. */
static struct stack_ref listening_stack(const struct server *server)
{
	return listener_stacks(server->sites->listeners, server->sites->sites->leaks[0]).listening;
}

static void test_only_listener_is_that_of_all(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1100)->listen_stack = server->opened;
	departed(server, 50);
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 1);
	assert_int_equal(listening_stack(server).id, server->opened);
}

static void test_only_listener_is_that_of_what_is_open(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1100)->listen_stack = server->opened;
	leak_from(server, 5, 0);
	group(server);
	assert_int_equal(listening_stack(server).id, server->opened);
}

static void test_one_of_several_listeners_is_unknown(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1100)->listen_stack = server->opened;
	listened_on(server, 8443, 1500);
	departed(server, 50);
	group(server);
	assert_null(listening_stack(server).recording);
}

static void test_one_port_is_one_listener(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1100);
	listen_on(server, 4, 8080, 1200)->local.family = 10;
	leak_from(server, 5, 8080);
	leak_from(server, 6, 8080)->local.family = 10;
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 1);
}

static void test_clients_do_not_part(void **state)
{
	struct server *server = *state;

	listen_on(server, 3, 8080, 1100);
	leak_from(server, 5, 50001)->source = SOURCE_SOCKET;
	leak_from(server, 6, 50002)->source = SOURCE_SOCKET;
	group(server);
	assert_int_equal(HASH_COUNT(server->sites->sites), 1);
	assert_int_equal(server->sites->sites->side, SIDE_CONNECTED);
}

int main(void)
{
#define LISTENER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		LISTENER_TEST(test_listeners_part),
		LISTENER_TEST(test_closed_at_the_end),
		LISTENER_TEST(test_passing_listeners_do_not_part),
		LISTENER_TEST(test_last_of_many_passing_listeners_do_not_part),
		LISTENER_TEST(test_listeners_of_one_stack_part),
		LISTENER_TEST(test_only_listener_is_that_of_all),
		LISTENER_TEST(test_only_listener_is_that_of_what_is_open),
		LISTENER_TEST(test_one_of_several_listeners_is_unknown),
		LISTENER_TEST(test_one_port_is_one_listener),
		LISTENER_TEST(test_clients_do_not_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
