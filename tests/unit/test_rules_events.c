/* SPDX-License-Identifier: MIT */
/*
 * Each class and reason once, beside the healthy twins that must stay silent. A scenario fills the
 * recordings of up to three processes: a server (pid 10), its child (11) and a third (12).
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/rules/judge.h"
#include "tests/unit/recording_builder.h"

#define COOKIE 42

#define KERNEL_ESTABLISHED 1
#define KERNEL_CLOSE       7
#define KERNEL_CLOSE_WAIT  8

#define WRITE_SHUT 2 /* shutdown_how of shutdown(SHUT_WR) */
#define BOTH_SHUT  3

struct scene {
	struct recording_builder server, child, third;
	int has_child, has_third;
	/* Stack ids, in every recording the same. */
	uint32_t opened, eof, error, shutdown, connect, duplicated, forked, execed, closed,
		accepted;
};

struct scenario {
	const char *name;
	void (*fill)(struct scene *scene);
	int clean;   /* nothing is found */
	bool strict; /* --strict */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	enum stack_kind deciding;
	int holder;     /* pid; 0 any */
	size_t holders; /* 0: any number */
};

static void fill_stacks(struct scene *scene, struct recording_builder *builder)
{
	uint32_t *const ids[] = { &scene->opened,   &scene->eof,     &scene->error,
				  &scene->shutdown, &scene->connect, &scene->duplicated,
				  &scene->forked,   &scene->execed,  &scene->closed,
				  &scene->accepted };
	uint64_t pc = 0x400010;
	size_t i;

	builder_add_module(builder, "/opt/server", 0x400000, 0x500000);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++, pc += 16)
		*ids[i] = builder_add_stack(builder, &pc, 1);
}

static struct recorded_socket *server_socket(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->server, 5, COOKIE);

	row->opened_stack = scene->opened;
	return row;
}

static struct recorded_socket *server_eof(struct scene *scene, uint64_t ms)
{
	struct recorded_socket *row = server_socket(scene);

	row->eof_ns = at_ms(ms);
	row->eof_stack = scene->eof;
	row->eof_reads = 1;
	return row;
}

/* A forked child that inherited the socket at 3 s. */
static struct recorded_socket *child_socket(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	scene->has_child = 1;
	scene->child.header.origin = ORIGIN_FORK;
	scene->child.header.start_ns = at_ms(3000);
	scene->child.header.birth_stack = scene->forked;
	row->source = SOURCE_FORK;
	row->opened_stack = scene->opened;
	return row;
}

static void child_ends(struct scene *scene, uint64_t ms)
{
	scene->child.header.end_ns = at_ms(ms);
}

static struct recorded_departure *departs(struct scene *scene, struct recording_builder *builder,
					  uint64_t closed_ms, uint64_t eof_ms)
{
	struct recorded_departure *departure = builder_add_departure(builder, COOKIE);

	departure->closed_ns = at_ms(closed_ms);
	departure->closed_stack = scene->closed;
	departure->eof_ns = at_ms(eof_ms);
	departure->eof_stack = eof_ms ? scene->eof : 0;
	departure->opened_stack = scene->opened;
	if (builder == &scene->child) {
		departure->source = SOURCE_FORK;
		scene->has_child = 1;
		builder->header.origin = ORIGIN_FORK;
		builder->header.start_ns = at_ms(3000);
	}
	return departure;
}

static void looked(struct recorded_socket *row, uint8_t state, uint32_t last_sent_ms)
{
	row->sampled_ns = at_ms(BUILDER_END_MS);
	row->tcp_state = state;
	row->last_sent_ms = last_sent_ms;
}

static void eof_unclosed(struct scene *scene)
{
	server_eof(scene, 5000);
}

static void open_and_idle(struct scene *scene)
{
	looked(server_socket(scene), KERNEL_ESTABLISHED, 5);
}

static void only_totals(struct scene *scene)
{
	builder_add_total(&scene->server, DECIDED_EOF, 1000, 2);
}

static void eof_just_before_exit(struct scene *scene)
{
	server_eof(scene, BUILDER_END_MS - 50);
}

static void eof_while_asked_to_end(struct scene *scene)
{
	eof_just_before_exit(scene);
	scene->server.header.signalled_ns = at_ms(BUILDER_END_MS - 60);
}

static void eof_of_killed_at_unknown_time(struct scene *scene)
{
	server_eof(scene, 5000);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.last_event_ns = at_ms(5000);
}

static void eof_just_before_the_reaper(struct scene *scene)
{
	eof_of_killed_at_unknown_time(scene);
	scene->server.header.reaped_ns = at_ms(5050);
}

static void half_closed(struct scene *scene)
{
	looked(server_eof(scene, 5000), KERNEL_CLOSE_WAIT, 300);
}

/* Answered WORK_MS after EOF; the process ends AFTER_MS later. */
static struct recorded_socket *answered(struct scene *scene, uint64_t work_ms, uint64_t after_ms)
{
	struct recorded_socket *row = server_eof(scene, BUILDER_END_MS - after_ms - work_ms);

	row->next = NEXT_WRITE;
	row->next_fd = row->first_fd;
	row->next_ns = at_ms(BUILDER_END_MS - after_ms);
	looked(row, KERNEL_CLOSE_WAIT, (uint32_t)after_ms);
	return row;
}

static void answered_until_the_end(struct scene *scene)
{
	answered(scene, 50, 5);
}

static void answered_long_before_the_end(struct scene *scene)
{
	answered(scene, 50, 1500);
}

static void answered_what_had_been_reset(struct scene *scene)
{
	answered(scene, 200, 5)->tcp_state = KERNEL_CLOSE;
}

static void answered_and_went_on(struct scene *scene)
{
	struct recorded_socket *row = answered(scene, 10, 20);

	server_socket(scene)->opened_ns = row->next_ns + 5 * NS_PER_MS;
}

static void wrote_to_another_after_eof(struct scene *scene)
{
	struct recorded_socket *row = answered(scene, 150, 5);

	row->next_fd++;
	row->last_sent_ms = UINT32_MAX;
}

static void half_closed_until_it_was_shut_down(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->shutdown_ns = at_ms(BUILDER_END_MS - 250);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = WRITE_SHUT;
	looked(row, KERNEL_CLOSE, 300);
}

static void never_sent_anything(struct scene *scene)
{
	looked(server_eof(scene, 5000), KERNEL_CLOSE_WAIT, UINT32_MAX);
}

static void sent_once_after_eof(struct scene *scene)
{
	looked(server_eof(scene, 5000), KERNEL_CLOSE_WAIT, 94980);
}

static void eof_then_shutdown(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->shutdown_ns = at_ms(6000);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = WRITE_SHUT;
}

static void shutdown_both(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->shutdown_ns = at_ms(6000);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = BOTH_SHUT;
}

static void shutdown_write_only(struct scene *scene)
{
	shutdown_both(scene);
	scene->server.sockets[0].shutdown_how = WRITE_SHUT;
}

static void shutdown_then_eof(struct scene *scene)
{
	shutdown_write_only(scene);
	scene->server.sockets[0].eof_ns = at_ms(7000);
	scene->server.sockets[0].eof_stack = scene->eof;
}

static void failed(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->error_ns = at_ms(6000);
	row->error_stack = scene->error;
	row->error = 104;
}

static void failed_after_eof(struct scene *scene)
{
	failed(scene);
	scene->server.sockets[0].eof_ns = at_ms(5000);
	scene->server.sockets[0].eof_stack = scene->eof;
}

static void connect_failed(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->role = ROLE_CONNECT_FAILED;
	row->source = SOURCE_SOCKET;
	row->error_ns = at_ms(6000);
	row->connect_stack = scene->connect;
}

static void connect_failed_at_exit(struct scene *scene)
{
	connect_failed(scene);
	scene->server.header.end_ns = at_ms(6020);
}

static void connect_failed_unseen(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->role = ROLE_CONNECTING;
	row->source = SOURCE_SOCKET;
	row->connect_stack = scene->connect;
	looked(row, KERNEL_CLOSE, 0);
}

static void connecting_still(struct scene *scene)
{
	connect_failed_unseen(scene);
	scene->server.sockets[0].tcp_state = 2;
}

static void duplicate_held(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->part_closed_ns = at_ms(5001);
	row->part_closed_stack = scene->closed;
	scene->server.descriptors[5] = 0;
	scene->server.descriptors[9] = (uint64_t)scene->duplicated << 32 | 1;
}

/* The server closes first, but forgot a duplicate: then the peer closes, and nobody reads that. */
static struct recorded_socket *closed_first(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->part_closed_ns = at_ms(5001);
	row->part_closed_stack = scene->closed;
	scene->server.descriptors[5] = 0;
	scene->server.descriptors[9] = (uint64_t)scene->duplicated << 32 | 1;
	row->sampled_ns = at_ms(BUILDER_END_MS);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 1;
	row->quiet_ms = BUILDER_END_MS - 5005;
	row->last_sent_ms = BUILDER_END_MS - 5000;
	return row;
}

static void duplicate_of_closed_first(struct scene *scene)
{
	closed_first(scene);
}

static void duplicate_of_closed_after_half(struct scene *scene)
{
	struct recorded_socket *row = closed_first(scene);

	row->shutdown_ns = at_ms(5000);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = WRITE_SHUT;
	row->tcp_state = KERNEL_CLOSE;
	row->receive_queue = 0;
}

static void duplicate_of_closed_just_now(struct scene *scene)
{
	struct recorded_socket *row = closed_first(scene);

	row->part_closed_ns = at_ms(BUILDER_END_MS - 50);
}

/* What has sent since serves the connection. */
static void duplicate_that_serves(struct scene *scene)
{
	closed_first(scene)->last_sent_ms = BUILDER_END_MS - 5100;
}

/* inetd's way: the connection was moved to the standard descriptors. */
static void duplicate_on_standard_input(struct scene *scene)
{
	closed_first(scene);
	scene->server.descriptors[0] = scene->server.descriptors[9];
	scene->server.descriptors[9] = 0;
}

static void duplicate_closed_before_eof(struct scene *scene)
{
	duplicate_held(scene);
	scene->server.sockets[0].part_closed_ns = at_ms(4000);
}

static void forked_child_holds(struct scene *scene)
{
	child_socket(scene);
	departs(scene, &scene->server, 6000, 5000);
}

static void forked_child_ends_soon(struct scene *scene)
{
	forked_child_holds(scene);
	child_ends(scene, 6050);
}

/* inetd's way: the parent closes at once, the child serves and reads. */
static void forked_child_serves(struct scene *scene)
{
	looked(child_socket(scene), KERNEL_ESTABLISHED, 100);
	departs(scene, &scene->server, 3001, 0);
}

static void forked_child_left_in_close_wait(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	looked(row, KERNEL_CLOSE_WAIT, 98500);
	row->quiet_ms = 94500;
	departs(scene, &scene->server, 6000, 0);
}

static void forked_child_served_until_close_wait(struct scene *scene)
{
	looked(child_socket(scene), KERNEL_CLOSE_WAIT, 100);
	departs(scene, &scene->server, 6000, 0);
}

static void forked_child_reads_eof(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	row->eof_ns = at_ms(9000);
	row->eof_stack = scene->eof;
	departs(scene, &scene->server, 3001, 0);
}

/* Ending is how a handler of one connection closes: but one that was killed did not end by itself.
 */
static void forked_child_reads_eof_and_is_killed(struct scene *scene)
{
	forked_child_reads_eof(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(20000);
}

/* A daemon: who opened the socket ended at the fork, and the child goes on in its place. */
static void daemon_reads_eof(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	row->eof_ns = at_ms(9000);
	row->eof_stack = scene->eof;
	server_socket(scene);
	scene->server.header.end_ns = at_ms(3005);
}

/* A worker that is passed connection after connection, and one that was passed this one only. */
static struct recorded_socket *passed_worker(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->third, 7, COOKIE);

	scene->has_third = 1;
	row->source = SOURCE_PASSED;
	row->eof_ns = at_ms(9000);
	row->eof_stack = scene->eof;
	departs(scene, &scene->server, 2001, 0);
	return row;
}

static void passed_worker_of_one(struct scene *scene)
{
	passed_worker(scene);
}

static void passed_worker_of_many(struct scene *scene)
{
	passed_worker(scene);
	builder_add_socket(&scene->third, 8, COOKIE + 1)->source = SOURCE_PASSED;
}

/* The program that accepted, replaced by exec: it is the same process, and the socket its own. */
static void replaced_server_reads_eof(struct scene *scene)
{
	struct recorded_socket *row;

	server_socket(scene);
	scene->server.header.end = END_EXEC;
	scene->server.header.end_ns = at_ms(5010);
	scene->server.header.end_stack = scene->execed;
	builder_begin(&scene->child, 10, 1);
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(5011);
	row = builder_add_socket(&scene->child, 5, COOKIE);
	row->source = SOURCE_EXEC;
	row->eof_ns = at_ms(6000);
	row->eof_stack = scene->eof;
}

/* A child born long after the peer closed, which lives for a moment; its parent closes later. */
static void short_child(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	scene->child.header.start_ns = at_ms(10000);
	child_ends(scene, 10001);
	row->sampled_ns = at_ms(10001);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 1;
	row->quiet_ms = 5000;
	row->last_sent_ms = UINT32_MAX;
	departs(scene, &scene->server, 10500, 0);
}

/* The same child, killed after a while: its parent closed later all the same. */
static void killed_child_closed_later_by_parent(struct scene *scene)
{
	short_child(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(10400);
}

/* A short child, and another one that closed its own copy long before it was born. */
static void short_child_after_another(struct scene *scene)
{
	short_child(scene);
	scene->has_third = 1;
	scene->third.header.parent_pid = 10;
	departs(scene, &scene->third, 6000, 0)->source = SOURCE_FORK;
}

/* inetd's way again: the handler neither reads the end nor closes, and ends. */
static void handler_ends_unread(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	child_ends(scene, 9000);
	row->sampled_ns = at_ms(9000);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 1;
	row->quiet_ms = 5000;
	row->last_sent_ms = UINT32_MAX;
	departs(scene, &scene->server, 3001, 0);
}

/* ... one that was handed the connection at once has it for its own. */
static void handler_is_killed_unread(struct scene *scene)
{
	handler_ends_unread(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(9000);
}

/* ... a shell, by way of a program that reads the end. */
static void shell_handler_ends(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 0, COOKIE);

	scene->has_child = scene->has_third = 1;
	scene->child.header.start_ns = at_ms(3000);
	child_ends(scene, 9000);
	row->source = SOURCE_EXEC;
	row->sampled_ns = at_ms(9000);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->quiet_ms = 4000;
	row->last_sent_ms = UINT32_MAX;
	scene->third.header.parent_pid = 11;
	scene->third.header.start_ns = at_ms(3010);
	departs(scene, &scene->third, 6000, 5000)->source = SOURCE_EXEC;
	departs(scene, &scene->server, 3001, 0);
}

/* A handler that reads the end and becomes another program, which ends. */
static void handler_execs_after_eof(struct scene *scene)
{
	struct recorded_socket *row = child_socket(scene);

	row->eof_ns = at_ms(4000);
	row->eof_stack = scene->eof;
	scene->child.header.end = END_EXEC;
	scene->child.header.end_ns = at_ms(4010);
	scene->has_third = 1;
	builder_begin(&scene->third, 11, 10);
	scene->third.header.start_ns = at_ms(4011);
	scene->third.header.end_ns = at_ms(9000);
	row = builder_add_socket(&scene->third, 5, COOKIE);
	row->source = SOURCE_EXEC;
	row->sampled_ns = at_ms(9000);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->quiet_ms = 5000;
	row->last_sent_ms = UINT32_MAX;
	departs(scene, &scene->server, 3001, 0);
}

/* ... and one that is stuck in it when it is killed: it holds what its child has read the end of.
 */
static void shell_handler_is_killed(struct scene *scene)
{
	shell_handler_ends(scene);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.reaped_ns = at_ms(9000);
}

/* Killed unseen: whether it still lived when its parent closed is unknown. */
static void helper_killed_at_unknown_time(struct scene *scene)
{
	child_socket(scene);
	departs(scene, &scene->server, 6000, 5000);
	scene->child.header.end = END_NONE;
	scene->child.header.end_ns = 0;
	scene->child.header.last_event_ns = at_ms(3001);
}

static void helper_killed_with_its_parent(struct scene *scene)
{
	helper_killed_at_unknown_time(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.last_event_ns = at_ms(6000);
}

/* The child read the end and ended; the parent follows at once. */
static void parent_ends_right_after_reader(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene), *read = child_socket(scene);

	read->eof_ns = at_ms(5000);
	read->eof_stack = scene->eof;
	child_ends(scene, 9000);
	scene->server.header.end_ns = at_ms(9010);
	row->sampled_ns = at_ms(9010);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->quiet_ms = 4010;
}

static void parent_holds(struct scene *scene)
{
	server_socket(scene);
	departs(scene, &scene->child, 6000, 5900);
	child_ends(scene, 6001);
}

static void parent_holds_child_exits_open(struct scene *scene)
{
	struct recorded_socket *row;

	server_socket(scene);
	row = child_socket(scene);
	row->eof_ns = at_ms(5000);
	row->eof_stack = scene->eof;
	child_ends(scene, 5010);
}

/* A child that only closes what it inherited (subprocess with close_fds): the parent serves on. */
static void child_closes_all(struct scene *scene)
{
	looked(server_socket(scene), KERNEL_CLOSE_WAIT, 99000);
	departs(scene, &scene->child, 3002, 0);
}

/* The same after the parent has read the EOF and is about to close. */
static void child_closes_inherited_eof(struct scene *scene)
{
	server_eof(scene, 2990);
	scene->server.header.end_ns = at_ms(3050);
	departs(scene, &scene->child, 3002, 2990);
	child_ends(scene, 9000);
}

static void both_hold(struct scene *scene)
{
	server_eof(scene, 5000);
	child_socket(scene);
}

static void inherited_after_eof(struct scene *scene)
{
	struct recorded_socket *row;

	server_eof(scene, 2500);
	row = child_socket(scene);
	row->eof_ns = at_ms(2500);
	row->eof_stack = scene->eof;
}

/* posix_spawn or fork and exec: a program that knows nothing of the socket keeps it. */
static void exec_child_holds(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->child, 5, COOKIE);

	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(3000);
	row->source = SOURCE_EXEC;
	departs(scene, &scene->server, 6000, 5000);
	builder_add_birth(&scene->server, 11)->stack = scene->execed;
}

/* The process itself is replaced after it has read the EOF. */
static void exec_keeps_it(struct scene *scene)
{
	struct recorded_socket *row;

	server_eof(scene, 5000);
	scene->server.header.end = END_EXEC;
	scene->server.header.end_ns = at_ms(5010);
	scene->server.header.end_stack = scene->execed;
	builder_begin(&scene->child, 10, 1);
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(5011);
	row = builder_add_socket(&scene->child, 5, COOKIE);
	row->source = SOURCE_EXEC;
}

/* It had a minute to close it before that: its own leak, wherever it goes on. */
static void exec_long_after_eof(struct scene *scene)
{
	struct recorded_socket *row;

	server_eof(scene, 5000);
	scene->server.header.end = END_EXEC;
	scene->server.header.end_ns = at_ms(65000);
	scene->server.header.end_stack = scene->execed;
	builder_begin(&scene->child, 10, 1);
	scene->has_child = 1;
	scene->child.header.start_ns = at_ms(65001);
	row = builder_add_socket(&scene->child, 5, COOKIE);
	row->source = SOURCE_EXEC;
}

/*
 * ROW's process knows nothing of the EOF, but the kernel shows it at exit, after more silence of
 * the peer than has passed since another process read it.
 */
static void kernel_shows_end(struct recorded_socket *row, uint64_t ms)
{
	row->sampled_ns = at_ms(ms);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = 0;
	row->quiet_ms = (uint32_t)ms - 4900;
	row->last_sent_ms = UINT32_MAX;
}

static void exec_long_after_eof_seen_by_kernel(struct scene *scene)
{
	exec_long_after_eof(scene);
	scene->child.header.end = END_EXIT;
	scene->child.header.end_ns = at_ms(66000);
	kernel_shows_end(&scene->child.sockets[0], 66000);
}

static void both_hold_seen_by_kernel(struct scene *scene)
{
	both_hold(scene);
	child_ends(scene, 9000);
	kernel_shows_end(&scene->child.sockets[0], 9000);
}

/* What the first image forgot the second one closed. */
static void exec_long_after_eof_then_closed(struct scene *scene)
{
	exec_long_after_eof(scene);
	memset(&scene->child.sockets[0], 0, sizeof(scene->child.sockets[0]));
	departs(scene, &scene->child, 65100, 0)->source = SOURCE_EXEC;
	scene->child.header.origin = ORIGIN_EXEC;
	scene->child.header.start_ns = at_ms(65001);
}

/* system(): the pid of the shell is not known, only when and where it was started. */
static void child_of_system_holds(struct scene *scene)
{
	struct recorded_birth *birth;

	exec_child_holds(scene);
	birth = &scene->server.births[0];
	birth->pid = 0;
	birth->ns = at_ms(2999);
	birth->kind = BIRTH_SHELL;
}

static void exec_hands_on_healthy(struct scene *scene)
{
	exec_keeps_it(scene);
	scene->server.sockets[0].eof_ns = 0;
}

/* A program started on the connection reads its end and exits; its parent forgot to close. */
static void parent_of_exec_holds(struct scene *scene)
{
	server_socket(scene);
	departs(scene, &scene->child, 6000, 5000)->source = SOURCE_EXEC;
	scene->child.header.origin = ORIGIN_EXEC;
}

/* ... by way of a shell: the program is a child of the child. */
static void grandparent_holds(struct scene *scene)
{
	server_socket(scene);
	scene->has_child = scene->has_third = 1;
	scene->third.header.parent_pid = 11;
	scene->child.header.start_ns = at_ms(3000);
	scene->third.header.start_ns = at_ms(3001);
	departs(scene, &scene->third, 6000, 5000)->source = SOURCE_EXEC;
	scene->third.header.origin = ORIGIN_EXEC;
}

static void passed_holds(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->third, 7, COOKIE);

	scene->has_third = 1;
	row->source = SOURCE_PASSED;
	departs(scene, &scene->server, 6000, 5000);
}

static struct recorded_total *total_of_eof(struct scene *scene, uint64_t held_ms)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_EOF, 3, held_ms);

	total->opened_stack = scene->opened;
	total->decided_stack = scene->eof;
	return total;
}

static void late_close(struct scene *scene)
{
	total_of_eof(scene, 20000);
}

/* Stack 4711 stands for one with exit handlers in it: what the symbols would say. */
#define STACK_OF_THE_END 4711

static bool closed_by_the_end(const void *context, const struct recording *recording,
			      uint32_t opened, uint32_t closed)
{
	(void)context;
	(void)recording;
	(void)opened;
	return closed == STACK_OF_THE_END;
}

static void closed_only_at_exit(struct scene *scene)
{
	total_of_eof(scene, 400)->closed_stack = STACK_OF_THE_END;
}

static void closed_at_exit_at_once(struct scene *scene)
{
	total_of_eof(scene, 50)->closed_stack = STACK_OF_THE_END;
}

/* A socket that was finished at FINISHED_MS and closed at CLOSED_MS, as the ring keeps it. */
static struct recorded_departure *closes(struct scene *scene, uint64_t finished_ms,
					 uint64_t closed_ms, enum recorded_decision decision)
{
	struct recorded_departure *departure = departs(scene, &scene->server, closed_ms,
						       decision == DECIDED_EOF ? finished_ms : 0);
	struct recorded_total *total =
		builder_add_total(&scene->server, decision, 1, closed_ms - finished_ms);

	scene->server.header.end = END_EXIT;
	departure->cookie = COOKIE + scene->server.departure_count;
	departure->flags = DEPARTED_STUCK;
	departure->decision = decision;
	departure->decided_ns = at_ms(finished_ms);
	departure->decided_stack = decision == DECIDED_EOF     ? scene->eof
				   : decision == DECIDED_ERROR ? scene->error
							       : 0;
	departure->opened_ns = at_ms(2000);
	departure->role = ROLE_CONNECTED;
	departure->source = SOURCE_ACCEPT;
	total->opened_stack = departure->opened_stack;
	total->decided_stack = departure->decided_stack;
	total->closed_stack = departure->closed_stack;
	return departure;
}

static void closed_after_the_signal(struct scene *scene)
{
	closes(scene, 5000, 61000, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(60000);
}

/* The sum at its end says the same by itself. */
static void closed_after_exit_was_called(struct scene *scene)
{
	closes(scene, 5000, 61000, DECIDED_EOF);
	scene->server.header.exiting_ns = at_ms(60000);
}

/* The handler takes its time after that: nothing else shows that the program is ending. */
static void closed_by_a_handler_of_a_crash(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 4000, BUILDER_END_MS - 2000, DECIDED_EOF);
	scene->server.header.crashed_ns = at_ms(BUILDER_END_MS - 2001);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(BUILDER_END_MS);
}

static void closed_in_a_crash_and_opened_another(struct scene *scene)
{
	closed_by_a_handler_of_a_crash(scene);
	server_socket(scene)->cookie = 7;
	scene->server.sockets[0].opened_ns = at_ms(BUILDER_END_MS - 1000);
}

/* No handler, and no core dump, takes half a minute. */
static void closed_in_a_crash_and_lived_long(struct scene *scene)
{
	closes(scene, 59000, 60001, DECIDED_EOF);
	scene->server.header.crashed_ns = at_ms(60000);
}

/* A forgotten duplicate: the program had closed its descriptor when it had read the end. */
static void duplicate_closed_after_the_signal(struct scene *scene)
{
	struct recorded_departure *departure = closes(scene, 5000, 61000, DECIDED_EOF);

	departure->eof_ns = at_ms(5000);
	departure->part_closed_ns = at_ms(5001);
	departure->duplicate_stack = scene->duplicated;
	scene->server.header.signalled_ns = at_ms(60000);
}

/* A duplicate by which the connection was served: the other descriptor was closed long before. */
static void moved_and_closed_after_the_signal(struct scene *scene)
{
	struct recorded_departure *departure = closes(scene, 5000, 61000, DECIDED_EOF);

	departure->eof_ns = at_ms(5000);
	departure->part_closed_ns = at_ms(4000);
	departure->duplicate_stack = scene->duplicated;
	scene->server.header.signalled_ns = at_ms(60000);
}

static void finished_after_the_signal(struct scene *scene)
{
	closes(scene, 60010, 61000, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(60000);
}

/* Drained: what is finished while the program ends already need not be closed at once. */
static void finished_after_the_signal_and_closed_last(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 500, BUILDER_END_MS - 5, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(BUILDER_END_MS - 600);
}

static void finished_just_before_the_signal(struct scene *scene)
{
	closes(scene, 59950, 61000, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(60000);
}

static void closed_before_the_signal(struct scene *scene)
{
	closes(scene, 5000, 8000, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(60000);
}

static void closed_in_the_last_burst(struct scene *scene)
{
	closes(scene, 5000, BUILDER_END_MS - 5, DECIDED_EOF);
}

static void failed_and_closed_in_the_last_burst(struct scene *scene)
{
	closes(scene, 5000, BUILDER_END_MS - 5, DECIDED_ERROR);
}

static void unread_and_closed_in_the_last_burst(struct scene *scene)
{
	closes(scene, 5000, BUILDER_END_MS - 5, DECIDED_FIN_UNREAD);
}

/* By a loop that had not polled since the peer closed, and closes nearly all others. */
static void unread_behind(struct scene *scene, uint64_t fin_ms, uint64_t polled_ms)
{
	struct recorded_departure *departure =
		closes(scene, fin_ms, BUILDER_END_MS - 5, DECIDED_FIN_UNREAD);
	struct recorded_total *others = builder_add_total(&scene->server, DECIDED_EOF, 100, 0);

	others->opened_stack = departure->opened_stack;
	departure->watch_stack = scene->opened;
	scene->server.poller_count = 4;
	scene->server.pollers[3] = (struct recorded_poller){ .entered_ns = at_ms(polled_ms - 1),
							     .returned_ns = at_ms(polled_ms) };
}

static void unread_by_a_busy_loop(struct scene *scene)
{
	unread_behind(scene, BUILDER_END_MS - 800, BUILDER_END_MS - 1200);
}

static void unread_by_a_loop_that_polled(struct scene *scene)
{
	unread_behind(scene, BUILDER_END_MS - 800, BUILDER_END_MS - 400);
}

static void unread_by_a_loop_for_long(struct scene *scene)
{
	unread_behind(scene, BUILDER_END_MS - 3500, BUILDER_END_MS - 4000);
}

/* It goes on for a while after the close: that was its normal way. */
static void closed_well_before_the_end(struct scene *scene)
{
	closes(scene, 5000, BUILDER_END_MS - 1500, DECIDED_EOF);
}

/* What was finished for a minute was not closed by chance so shortly before. */
static void closed_by_a_long_teardown(struct scene *scene)
{
	closes(scene, 5000, BUILDER_END_MS - 400, DECIDED_EOF);
}

/* It waited for a processor, but for nothing else. */
static void closed_soon_and_then_starved(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 900, BUILDER_END_MS - 400, DECIDED_EOF);
	scene->server.header.wound_up_ns = at_ms(BUILDER_END_MS - 400);
}

static void closed_soon_and_opened_another(struct scene *scene)
{
	closed_soon_and_then_starved(scene);
	server_socket(scene)->cookie = 7;
	scene->server.sockets[0].opened_ns = at_ms(BUILDER_END_MS - 300);
}

static void closed_soon_and_then_went_on(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 900, BUILDER_END_MS - 400, DECIDED_EOF);
}

static void finished_in_the_last_burst(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 100, BUILDER_END_MS - 5, DECIDED_EOF);
}

/* The same line has closed one a minute ago: slow, and on its way to close. */
static void closed_last_as_always(struct scene *scene)
{
	closes(scene, 40000, 40150, DECIDED_EOF);
	closes(scene, BUILDER_END_MS - 155, BUILDER_END_MS - 5, DECIDED_EOF);
}

static void killed_right_after_a_close(struct scene *scene)
{
	closed_in_the_last_burst(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(BUILDER_END_MS);
}

/* A connection was taken up after the close: that was no end. */
static void opened_after_the_close(struct scene *scene)
{
	closed_in_the_last_burst(scene);
	server_socket(scene)->cookie = 7;
	scene->server.sockets[0].opened_ns = at_ms(BUILDER_END_MS - 4);
}

static void shut_down_and_closed_at_exit(struct scene *scene)
{
	struct recorded_departure *departure =
		closes(scene, BUILDER_END_MS - 5, BUILDER_END_MS - 5, DECIDED_SHUTDOWN);

	departure->eof_ns = at_ms(5000);
	departure->eof_stack = scene->eof;
}

/* The listener goes first, then what is left of connections. */
static void closed_after_the_last_listener(struct scene *scene)
{
	struct recorded_departure *listening = departs(scene, &scene->server, 97000, 0);

	listening->cookie = 6;
	listening->flags = DEPARTED_LISTENER;
	closes(scene, 5000, 98000, DECIDED_EOF);
}

/* ... or right before it. */
static void closed_right_before_the_last_listener(struct scene *scene)
{
	struct recorded_departure *listening;

	closes(scene, 5000, 96990, DECIDED_EOF);
	listening = departs(scene, &scene->server, 97000, 0);
	listening->cookie = 6;
	listening->flags = DEPARTED_LISTENER;
}

/* It works with what it got, closes, and has nothing more to do. */
static void client_closes_its_only_connection(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 400, BUILDER_END_MS - 5, DECIDED_EOF)->source =
		SOURCE_SOCKET;
}

/* Whatever it works at for so long, it needs no connection for that. */
static void client_keeps_its_only_connection(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 4000, BUILDER_END_MS - 5, DECIDED_EOF)->source =
		SOURCE_SOCKET;
}

static void client_forgets_one_and_opens_another(struct scene *scene)
{
	client_closes_its_only_connection(scene);
	scene->server.departures[0].decided_ns = at_ms(5000);
	server_socket(scene)->cookie = 7;
	scene->server.sockets[0].opened_ns = at_ms(6000);
}

/* The line that closes others at once closes one after 95 s: that is no chance. */
static void forgotten_by_a_usual_place(struct scene *scene)
{
	struct recorded_departure *departure = closes(scene, 5000, BUILDER_END_MS - 5, DECIDED_EOF);
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_EOF, 200, 1);

	total->opened_stack = departure->opened_stack;
	total->decided_stack = departure->decided_stack;
	total->closed_stack = departure->closed_stack;
}

/* ... nor where it is slow for others, but not as slow. */
static void forgotten_by_a_slow_place(struct scene *scene)
{
	closes(scene, 40000, 40150, DECIDED_EOF);
	closes(scene, 41000, 41150, DECIDED_EOF);
	closes(scene, 5000, BUILDER_END_MS - 5, DECIDED_EOF);
}

/* Other threads make one of them wait. */
static void stalled_at_a_usual_place(struct scene *scene)
{
	forgotten_by_a_usual_place(scene);
	scene->server.departures[0].decided_ns = at_ms(BUILDER_END_MS - 200);
	scene->server.departures[0].eof_ns = at_ms(BUILDER_END_MS - 200);
	scene->server.totals[0].held_sum_ns = scene->server.totals[0].held_max_ns = at_ms(195);
	memset(scene->server.totals[0].held, 0, sizeof(scene->server.totals[0].held));
	scene->server.totals[0].held[held_bucket(at_ms(195))] = 1;
}

/* Everything is shut down first; what ends by that is closed a while later. */
static void shut_down_and_lingers(struct scene *scene)
{
	struct recorded_departure *departure =
		closes(scene, BUILDER_END_MS - 205, BUILDER_END_MS - 5, DECIDED_SHUTDOWN);

	departure->decided_stack = scene->shutdown;
}

static void shut_down_and_forgotten_until_exit(struct scene *scene)
{
	shut_down_and_lingers(scene);
	scene->server.departures[0].decided_ns = at_ms(BUILDER_END_MS - 1000);
}

static void shut_down_by_the_end(struct scene *scene)
{
	struct recorded_socket *row = server_eof(scene, 5000);

	row->shutdown_ns = at_ms(BUILDER_END_MS - 200);
	row->shutdown_stack = scene->shutdown;
	row->shutdown_how = 2;
	scene->server.header.end = END_EXIT;
}

/* Threads that an interpreter stops read the end of a stream, and come no further. */
static void eof_after_the_signal(struct scene *scene)
{
	server_eof(scene, BUILDER_END_MS - 300);
	scene->server.header.signalled_ns = at_ms(BUILDER_END_MS - 400);
}

/* For 20 s it serves on. */
static void eof_while_it_drains(struct scene *scene)
{
	server_eof(scene, BUILDER_END_MS - 10000);
	scene->server.header.signalled_ns = at_ms(BUILDER_END_MS - 20000);
}

/* SIGHUP, as it were: its work goes on. */
static void life_goes_on_after_the_signal(struct scene *scene)
{
	closes(scene, 59500, 60300, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(60000);
	server_socket(scene)->cookie = 7;
	scene->server.sockets[0].opened_ns = at_ms(70000);
}

/* It takes as long for all: one is under way when the signal comes. */
static void at_work_when_the_signal_comes(struct scene *scene)
{
	closes(scene, 40000, 40400, DECIDED_EOF);
	closes(scene, 59800, 60150, DECIDED_EOF)->closed_stack = 17;
	scene->server.header.signalled_ns = at_ms(60000);
}

/* So long it takes for none. */
static void longer_than_all_work(struct scene *scene)
{
	at_work_when_the_signal_comes(scene);
	scene->server.departures[0].closed_ns = at_ms(40200);
}

static void torn_down_after_the_signal(struct scene *scene)
{
	closes(scene, BUILDER_END_MS - 300, BUILDER_END_MS - 100, DECIDED_EOF)->closed_stack =
		STACK_OF_THE_END;
	scene->server.totals[0].closed_stack = STACK_OF_THE_END;
	scene->server.header.signalled_ns = at_ms(BUILDER_END_MS - 350);
}

/* A connection that was just taken up: normal life goes on. */
static void is_busy(struct scene *scene, uint64_t ms)
{
	struct recorded_socket *row = builder_add_socket(&scene->server, 9, COOKIE + 1000);

	row->opened_ns = at_ms(ms);
	row->opened_stack = scene->accepted;
}

/* Its closes come after 400 ms; one connection is at work still when it returns from main. */
static void open_while_at_work(struct scene *scene)
{
	closes(scene, 40000, 40400, DECIDED_EOF);
	server_eof(scene, BUILDER_END_MS - 300);
	is_busy(scene, BUILDER_END_MS - 10);
}

/* ... or while it runs on. */
static void at_work_in_the_middle_of_life(struct scene *scene)
{
	open_while_at_work(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(BUILDER_END_MS);
}

static void open_longer_than_all_work(struct scene *scene)
{
	open_while_at_work(scene);
	scene->server.sockets[0].eof_ns = at_ms(BUILDER_END_MS - 700);
}

/* Killed at a time that nobody knows, a moment after the end of a stream: many were closed that
 * ended at the same line, and none is left from before. */
static void killed_in_flight(struct scene *scene)
{
	eof_of_killed_at_unknown_time(scene);
	total_of_eof(scene, 1)->count = 20;
	scene->server.header.last_event_ns = at_ms(5010);
}

/* ... so few that this one may be another one's. */
static void killed_after_few(struct scene *scene)
{
	killed_in_flight(scene);
	scene->server.totals[0].count = 9;
}

/* Its life went on after that. */
static void killed_long_after(struct scene *scene)
{
	killed_in_flight(scene);
	scene->server.header.last_event_ns = at_ms(5500);
}

/* The child of a connection read its end and closed it; the parent was about to, as always. */
static void parent_killed_in_flight(struct scene *scene)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_NOT, 20, 0);

	parent_holds(scene);
	total->opened_stack = scene->opened;
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.last_event_ns = at_ms(6001);
}

static void parent_that_never_closes_killed(struct scene *scene)
{
	parent_killed_in_flight(scene);
	scene->server.total_count = 0;
}

static void child_closes_at_exit_what_it_inherited(struct scene *scene)
{
	server_eof(scene, 2500);
	closes(scene, 2500, 99990, DECIDED_EOF);
	scene->server.departure_count = 0;
	scene->server.total_count = 0;
	departs(scene, &scene->child, 9990, 2500)->flags = DEPARTED_STUCK;
	scene->child.departures[0].decision = DECIDED_EOF;
	scene->child.departures[0].decided_ns = at_ms(2500);
	scene->child.header.exiting_ns = at_ms(9900);
	child_ends(scene, 10000);
}

static void late_close_of_an_unread_fin(struct scene *scene)
{
	closes(scene, 5000, 25000, DECIDED_FIN_UNREAD);
}

static void late_close_at_exit(struct scene *scene)
{
	closes(scene, 5000, 95000, DECIDED_EOF);
	scene->server.header.signalled_ns = at_ms(90000);
}

/* Closed early enough, but the EOF was read over and over before. */
static struct recorded_departure *spun(struct scene *scene, uint32_t eof_reads)
{
	struct recorded_departure *departure = builder_add_departure(&scene->server, COOKIE);

	departure->source = SOURCE_ACCEPT;
	departure->flags = DEPARTED_STUCK | DEPARTED_SPUN;
	departure->opened_stack = scene->opened;
	departure->opened_ns = at_ms(2000);
	departure->eof_stack = departure->decided_stack = scene->eof;
	departure->eof_ns = departure->decided_ns = at_ms(5000);
	departure->decision = DECIDED_EOF;
	departure->closed_stack = scene->closed;
	departure->closed_ns = at_ms(6000);
	departure->eof_reads = eof_reads;
	return departure;
}

static void closed_after_spinning(struct scene *scene)
{
	spun(scene, SPINNING_READS)->reread_stack = scene->closed;
}

static void closed_after_spinning_somewhere(struct scene *scene)
{
	spun(scene, SPINNING_READS);
}

static void closed_after_some_reads(struct scene *scene)
{
	spun(scene, SPINNING_READS - 1);
}

/* Late as well: one warning, not one more by the totals. */
static void closed_late_after_spinning(struct scene *scene)
{
	struct recorded_departure *departure = spun(scene, SPINNING_READS);
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_EOF, 1, 20000);

	departure->closed_ns = at_ms(25000);
	total->opened_stack = departure->opened_stack;
	total->decided_stack = departure->decided_stack;
	total->closed_stack = departure->closed_stack;
}

/* A forgotten duplicate: the program hung up first, and nobody reads the peer's end. */
static struct recorded_departure *unread_duplicate(struct scene *scene)
{
	struct recorded_departure *departure = closes(scene, 5000, 61000, DECIDED_FIN_UNREAD);

	departure->part_closed_ns = at_ms(4000);
	departure->duplicate_stack = scene->duplicated;
	departure->fd = 7;
	scene->server.header.signalled_ns = at_ms(60000);
	return departure;
}

static void unread_duplicate_closed_at_exit(struct scene *scene)
{
	unread_duplicate(scene);
}

/* ... one by which it answered after that serves the connection. */
static void unread_duplicate_that_serves(struct scene *scene)
{
	unread_duplicate(scene)->sent_ns = at_ms(4900);
}

static void unread_duplicate_on_standard_input(struct scene *scene)
{
	unread_duplicate(scene)->fd = 0;
}

/* The ring has wrapped since. */
static void spinning_in_totals(struct scene *scene)
{
	total_of_eof(scene, 50)->eof_reads_max = SPINNING_READS;
}

static void some_reads_in_totals(struct scene *scene)
{
	total_of_eof(scene, 50)->eof_reads_max = SPINNING_READS - 1;
}

static void spinning_in_both(struct scene *scene)
{
	closed_late_after_spinning(scene);
	scene->server.departures[0].closed_ns = at_ms(6000);
	scene->server.totals[0].held_max_ns = at_ms(1000);
	memset(scene->server.totals[0].held, 0, sizeof(scene->server.totals[0].held));
	scene->server.totals[0].eof_reads_max = SPINNING_READS;
}

/* A snapshot: the parent is killed, its child goes on with its task and ends. */
static void snapshot_of_killed_parent(struct scene *scene)
{
	forked_child_holds(scene);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.reaped_ns = at_ms(7000);
	child_ends(scene, 9000);
}

/* One that serves clients of its own is no snapshot. */
static void worker_of_killed_parent(struct scene *scene)
{
	snapshot_of_killed_parent(scene);
	builder_add_socket(&scene->child, 8, COOKIE + 5)->source = SOURCE_ACCEPT;
}

/* It ends because of its parent: it would have gone on. */
static void helper_ends_with_killed_parent(struct scene *scene)
{
	snapshot_of_killed_parent(scene);
	child_ends(scene, 7050);
}

static void late_but_no_eof(struct scene *scene)
{
	builder_add_total(&scene->server, DECIDED_NOT, 3, 20000);
}

static void listener(struct scene *scene)
{
	struct recorded_socket *row = server_socket(scene);

	row->source = SOURCE_SOCKET;
	row->role = ROLE_LISTENER;
	looked(row, 10, 0);
}

#define LEAK(kind, why, stack)                                                                     \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_LEAK,                    \
	.deciding = STACK_##stack
#define NOTE(kind, why, stack)                                                                     \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_NOTE,                    \
	.deciding = STACK_##stack
#define WARNING(kind, why, stack)                                                                  \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_WARNING,                 \
	.deciding = STACK_##stack

#define SCENARIO(function) .name = #function, .fill = function

static const struct scenario scenarios[] = {
	{ SCENARIO(eof_unclosed), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10, .holders = 1 },
	{ SCENARIO(open_and_idle), .clean = 1 },
	{ SCENARIO(only_totals), .clean = 1 },
	{ SCENARIO(listener), .clean = 1 },
	{ SCENARIO(eof_just_before_exit), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_of_killed_at_unknown_time), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_just_before_the_reaper), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_just_before_exit), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(eof_just_before_the_reaper), NOTE(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(eof_while_asked_to_end), NOTE(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(connect_failed_at_exit), LEAK(EXIT_UNCLOSED, NONE, CONNECT), .strict = 1 },
	{ SCENARIO(child_closes_inherited_eof), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(half_closed), NOTE(EOF_UNCLOSED, HALF_CLOSED, EOF) },
	{ SCENARIO(answered_until_the_end), NOTE(EOF_UNCLOSED, HALF_CLOSED, EOF) },
	{ SCENARIO(answered_until_the_end), NOTE(EOF_UNCLOSED, HALF_CLOSED, EOF), .strict = 1 },
	{ SCENARIO(answered_long_before_the_end), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_what_had_been_reset), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_and_went_on), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(answered_and_went_on), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(wrote_to_another_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(half_closed_until_it_was_shut_down), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(never_sent_anything), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(sent_once_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_then_shutdown), LEAK(SHUTDOWN_UNCLOSED, NONE, SHUTDOWN) },
	{ SCENARIO(shutdown_both), LEAK(SHUTDOWN_UNCLOSED, NONE, SHUTDOWN) },
	{ SCENARIO(shutdown_write_only), .clean = 1 },
	{ SCENARIO(shutdown_then_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(failed), LEAK(ERROR_UNCLOSED, NONE, ERROR) },
	{ SCENARIO(failed_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(connect_failed), LEAK(CONNECT_UNCLOSED, NONE, CONNECT) },
	{ SCENARIO(connect_failed_at_exit), NOTE(EXIT_UNCLOSED, NONE, CONNECT) },
	{ SCENARIO(connect_failed_unseen), LEAK(CONNECT_UNCLOSED, NONE, CONNECT) },
	{ SCENARIO(connecting_still), .clean = 1 },
	{ SCENARIO(duplicate_held), LEAK(DUPLICATE_HELD, NONE, DUPLICATED) },
	{ SCENARIO(duplicate_of_closed_first), LEAK(DUPLICATE_HELD, NONE, DUPLICATED) },
	{ SCENARIO(duplicate_of_closed_after_half), LEAK(DUPLICATE_HELD, NONE, DUPLICATED) },
	{ SCENARIO(duplicate_of_closed_just_now), LEAK(FIN_UNREAD, NOT_POLLED, OPENED) },
	{ SCENARIO(duplicate_that_serves), LEAK(FIN_UNREAD, NOT_POLLED, OPENED) },
	{ SCENARIO(duplicate_on_standard_input), LEAK(FIN_UNREAD, NOT_POLLED, OPENED) },
	{ SCENARIO(duplicate_closed_before_eof), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(forked_child_holds), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED), .holder = 11 },
	{ SCENARIO(forked_child_ends_soon), .clean = 1 },
	{ SCENARIO(forked_child_serves), .clean = 1 },
	{ SCENARIO(forked_child_left_in_close_wait), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(forked_child_served_until_close_wait), .clean = 1 },
	{ SCENARIO(forked_child_reads_eof), .clean = 1 },
	{ SCENARIO(forked_child_reads_eof_and_is_killed), LEAK(EOF_UNCLOSED, NONE, EOF),
	  .holder = 11 },
	{ SCENARIO(daemon_reads_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 11 },
	{ SCENARIO(passed_worker_of_one), .clean = 1 },
	{ SCENARIO(passed_worker_of_many), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 12 },
	{ SCENARIO(replaced_server_reads_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10 },
	{ SCENARIO(short_child), .clean = 1 },
	{ SCENARIO(killed_child_closed_later_by_parent), .clean = 1 },
	{ SCENARIO(short_child_after_another), .clean = 1 },
	{ SCENARIO(handler_ends_unread), .clean = 1 },
	{ SCENARIO(handler_is_killed_unread), LEAK(FIN_UNREAD, NOT_POLLED, OPENED), .holder = 11 },
	{ SCENARIO(shell_handler_ends), .clean = 1 },
	{ SCENARIO(handler_execs_after_eof), .clean = 1 },
	{ SCENARIO(shell_handler_is_killed), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 11 },
	{ SCENARIO(helper_killed_at_unknown_time), NOTE(HELD_ELSEWHERE, NONE, OPENED) },
	{ SCENARIO(helper_killed_with_its_parent), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(parent_ends_right_after_reader), .clean = 1 },
	{ SCENARIO(parent_holds), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 10 },
	{ SCENARIO(parent_holds_child_exits_open), LEAK(HELD_ELSEWHERE, PARENT, OPENED),
	  .holder = 10, .holders = 2 },
	{ SCENARIO(parent_of_exec_holds), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 10 },
	{ SCENARIO(grandparent_holds), LEAK(HELD_ELSEWHERE, PARENT, OPENED), .holder = 10 },
	{ SCENARIO(child_closes_all), NOTE(FIN_UNREAD, NONE, OPENED) },
	{ SCENARIO(child_closes_inherited_eof), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(both_hold), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10, .holders = 2 },
	{ SCENARIO(inherited_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 2 },
	{ SCENARIO(exec_child_holds), LEAK(HELD_ELSEWHERE, EXEC_CHILD, EXECED), .holder = 11 },
	{ SCENARIO(exec_keeps_it), LEAK(HELD_ELSEWHERE, EXEC_CHILD, EXECED), .holder = 10,
	  .holders = 1 },
	{ SCENARIO(exec_long_after_eof), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 1 },
	{ SCENARIO(exec_long_after_eof_seen_by_kernel), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 1 },
	{ SCENARIO(both_hold_seen_by_kernel), LEAK(EOF_UNCLOSED, NONE, EOF), .holder = 10,
	  .holders = 2 },
	{ SCENARIO(exec_long_after_eof_then_closed), .clean = 1 },
	{ SCENARIO(child_of_system_holds), LEAK(HELD_ELSEWHERE, EXEC_CHILD, EXECED), .holder = 11 },
	{ SCENARIO(exec_hands_on_healthy), .clean = 1 },
	{ SCENARIO(passed_holds), LEAK(HELD_ELSEWHERE, PASSED, OPENED), .holder = 12 },
	{ SCENARIO(late_close), .class = CLASS_LATE_CLOSE, .verdict = VERDICT_WARNING,
	  .deciding = STACK_EOF },
	{ SCENARIO(closed_only_at_exit), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_at_exit_at_once), .clean = 1 },
	{ SCENARIO(closed_after_spinning), WARNING(LATE_CLOSE, SPINNING, REREAD) },
	{ SCENARIO(closed_after_spinning_somewhere), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(closed_after_some_reads), .clean = 1 },
	{ SCENARIO(closed_late_after_spinning), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(late_but_no_eof), .clean = 1 },
	{ SCENARIO(closed_after_the_signal), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(duplicate_closed_after_the_signal),
	  LEAK(DUPLICATE_HELD, CLOSED_AT_EXIT, DUPLICATED) },
	{ SCENARIO(moved_and_closed_after_the_signal), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_after_exit_was_called), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_by_a_handler_of_a_crash), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_in_a_crash_and_opened_another), .clean = 1 },
	{ SCENARIO(closed_in_a_crash_and_lived_long), .clean = 1 },
	{ SCENARIO(finished_after_the_signal), .clean = 1 },
	{ SCENARIO(finished_after_the_signal_and_closed_last), .clean = 1 },
	{ SCENARIO(finished_just_before_the_signal), .clean = 1 },
	{ SCENARIO(closed_before_the_signal), .clean = 1 },
	{ SCENARIO(closed_in_the_last_burst), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(failed_and_closed_in_the_last_burst),
	  LEAK(ERROR_UNCLOSED, CLOSED_AT_EXIT, ERROR) },
	{ SCENARIO(unread_and_closed_in_the_last_burst), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
	{ SCENARIO(unread_by_a_busy_loop), .clean = 1 },
	{ SCENARIO(unread_by_a_loop_that_polled), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
	{ SCENARIO(unread_by_a_loop_for_long), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
	{ SCENARIO(closed_well_before_the_end), .class = CLASS_LATE_CLOSE,
	  .verdict = VERDICT_WARNING, .deciding = STACK_EOF },
	{ SCENARIO(closed_by_a_long_teardown), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_soon_and_then_went_on), .clean = 1 },
	{ SCENARIO(closed_soon_and_then_starved), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_soon_and_opened_another), .clean = 1 },
	{ SCENARIO(finished_in_the_last_burst), .clean = 1 },
	{ SCENARIO(closed_last_as_always), .clean = 1 },
	{ SCENARIO(killed_right_after_a_close), .class = CLASS_LATE_CLOSE,
	  .verdict = VERDICT_WARNING, .deciding = STACK_EOF },
	{ SCENARIO(opened_after_the_close), .class = CLASS_LATE_CLOSE, .verdict = VERDICT_WARNING,
	  .deciding = STACK_EOF },
	{ SCENARIO(shut_down_and_closed_at_exit), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_after_the_last_listener), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_right_before_the_last_listener),
	  LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(client_closes_its_only_connection), .clean = 1 },
	{ SCENARIO(client_keeps_its_only_connection), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(client_forgets_one_and_opens_another), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(forgotten_by_a_usual_place), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(forgotten_by_a_slow_place), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(stalled_at_a_usual_place), .clean = 1 },
	{ SCENARIO(shut_down_and_lingers), .clean = 1 },
	{ SCENARIO(shut_down_and_forgotten_until_exit),
	  LEAK(SHUTDOWN_UNCLOSED, CLOSED_AT_EXIT, SHUTDOWN) },
	{ SCENARIO(shut_down_by_the_end), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_after_the_signal), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(eof_while_it_drains), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(life_goes_on_after_the_signal), .clean = 1 },
	{ SCENARIO(at_work_when_the_signal_comes), .clean = 1 },
	{ SCENARIO(longer_than_all_work), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(torn_down_after_the_signal), .clean = 1 },
	{ SCENARIO(child_closes_at_exit_what_it_inherited), LEAK(EOF_UNCLOSED, NONE, EOF),
	  .holder = 10 },
	{ SCENARIO(open_while_at_work), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(open_while_at_work), LEAK(EXIT_UNCLOSED, NONE, EOF), .strict = 1 },
	{ SCENARIO(at_work_in_the_middle_of_life), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(open_longer_than_all_work), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(killed_in_flight), NOTE(EXIT_UNCLOSED, NONE, EOF) },
	{ SCENARIO(killed_after_few), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(killed_long_after), LEAK(EOF_UNCLOSED, NONE, EOF) },
	{ SCENARIO(parent_killed_in_flight), NOTE(HELD_ELSEWHERE, NONE, OPENED) },
	{ SCENARIO(parent_that_never_closes_killed), LEAK(HELD_ELSEWHERE, PARENT, OPENED) },
	{ SCENARIO(unread_duplicate_closed_at_exit),
	  LEAK(DUPLICATE_HELD, CLOSED_AT_EXIT, DUPLICATED) },
	{ SCENARIO(unread_duplicate_that_serves), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
	{ SCENARIO(unread_duplicate_on_standard_input), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
	{ SCENARIO(spinning_in_totals), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(some_reads_in_totals), .clean = 1 },
	{ SCENARIO(spinning_in_both), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(snapshot_of_killed_parent), .clean = 1 },
	{ SCENARIO(worker_of_killed_parent), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(helper_ends_with_killed_parent), LEAK(HELD_ELSEWHERE, FORKED_CHILD, FORKED) },
	{ SCENARIO(late_close_of_an_unread_fin), .class = CLASS_LATE_CLOSE,
	  .verdict = VERDICT_WARNING, .deciding = STACK_OPENED },
	{ SCENARIO(late_close_at_exit), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
};

static size_t holders_of(const struct leak *leak)
{
	size_t holders = 0, i;

	for (i = 0; i < leak->life->holding_count; i++)
		holders += !leak->life->holdings[i].handed_on;
	return holders;
}

static void check(const struct scenario *scenario, const struct leaks *leaks)
{
	const struct leak *leak = leaks->list;

	if (scenario->clean && leaks->count)
		fail_msg("%s: found %s (%s), expected nothing", scenario->name,
			 leak_class_name(leak->class), verdict_name(leak->verdict));
	if (scenario->clean)
		return;
	if (leaks->count != 1)
		fail_msg("%s: %zu findings, expected one", scenario->name, leaks->count);
	if (leak->class != scenario->class || leak->reason != scenario->reason ||
	    leak->verdict != scenario->verdict || leak->deciding != scenario->deciding)
		fail_msg("%s: %s, reason %d, %s, decided by %s; expected %s, %d, %s, %s",
			 scenario->name, leak_class_name(leak->class), (int)leak->reason,
			 verdict_name(leak->verdict), stack_kind_name(leak->deciding),
			 leak_class_name(scenario->class), (int)scenario->reason,
			 verdict_name(scenario->verdict), stack_kind_name(scenario->deciding));
	if (!leak->stacks[leak->deciding].recording)
		assert_string_equal(scenario->name, "a deciding stack");
	if (scenario->holder && leak->holder->process->recording->header.pid != scenario->holder)
		fail_msg("%s: held by %d", scenario->name,
			 leak->holder->process->recording->header.pid);
	if (scenario->holders && holders_of(leak) != scenario->holders)
		fail_msg("%s: %zu holders", scenario->name, holders_of(leak));
}

static void begin_scene(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	builder_begin(&scene->server, 10, 1);
	builder_begin(&scene->child, 11, 10);
	builder_begin(&scene->third, 12, 1);
	fill_stacks(scene, &scene->server);
	fill_stacks(scene, &scene->child);
	fill_stacks(scene, &scene->third);
}

static void test_scenarios(void **state)
{
	struct judge_options options = { .min_held_ns = at_ms(100),
					 .late_ns = at_ms(10000),
					 .idle_ns = at_ms(3000),
					 .closed_at_exit = closed_by_the_end };
	struct scene *scene = calloc(1, sizeof(*scene));
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		char *folder = builder_new_folder();
		char path[128];
		struct recordings *recordings;
		struct sockets *sockets;
		struct leaks *leaks;

		begin_scene(scene);
		scenarios[i].fill(scene);
		snprintf(path, sizeof(path), "%s/server.finleak", folder);
		builder_write(&scene->server, path);
		snprintf(path, sizeof(path), "%s/child.finleak", folder);
		if (scene->has_child)
			builder_write(&scene->child, path);
		snprintf(path, sizeof(path), "%s/third.finleak", folder);
		if (scene->has_third)
			builder_write(&scene->third, path);
		recordings = recordings_read(&folder, 1, NULL, 0);
		assert_int_equal(recordings->unreadable, 0);
		sockets = sockets_join(recordings);
		options.strict = scenarios[i].strict;
		leaks = judge_all(recordings, sockets, &options);
		check(&scenarios[i], leaks);
		leaks_free(leaks);
		sockets_free(sockets);
		recordings_free(recordings);
		builder_remove_folder(folder);
	}
	free(scene);
}

/* Every class of the contract has its word, and no two the same. */
static void test_names(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < CLASS_COUNT; i++) {
		assert_non_null(leak_class_name(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(leak_class_name(i), leak_class_name(j));
	}
	for (i = 1; i < REASON_COUNT; i++)
		assert_non_null(leak_reason_name(i));
	for (i = 0; i < STACK_KINDS; i++)
		assert_non_null(stack_kind_name(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
