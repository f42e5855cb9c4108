/* SPDX-License-Identifier: MIT */
/* Which frame is the site. Stacks are those of scripts, whose frames have names of their own. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/call_sites/call_site_twins.h"
#include "analyzer/call_sites/call_sites.h"
#include "analyzer/call_sites/dispatchers.h"
#include "tests/unit/recording_builder.h"

#define APP "/home/me/app.py"

static const struct judge_options judging = { .min_held_ns = 100000000, .late_ns = 10000000000 };
static const struct own_globs no_globs;

struct program {
	struct recording_builder builder;
	char *folder;
	struct recordings *recordings;
	struct sockets *sockets;
	struct leaks *leaks;
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	struct call_sites *sites;
};

static struct program *begin(void)
{
	struct program *program = calloc(1, sizeof(*program));

	builder_begin(&program->builder, 10, 1);
	program->folder = builder_new_folder();
	return program;
}

static void group(struct program *program)
{
	struct code_naming naming;
	char path[128];

	snprintf(path, sizeof(path), "%s/10.finleak", program->folder);
	builder_write(&program->builder, path);
	program->recordings = recordings_read(&program->folder, 1, NULL, 0);
	program->sockets = sockets_join(program->recordings);
	program->leaks = judge_all(program->recordings, program->sockets, &judging);
	program->backtraces = backtraces_new();
	program->symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	naming = (struct code_naming){ program->backtraces, program->symbolizer, &no_globs };
	program->sites = call_sites_group(program->recordings, program->sockets, program->leaks,
					  &judging, &naming);
}

static void end(struct program *program)
{
	call_sites_free(program->sites);
	backtraces_free(program->backtraces);
	symbolizer_free(program->symbolizer);
	leaks_free(program->leaks);
	sockets_free(program->sockets);
	recordings_free(program->recordings);
	builder_remove_folder(program->folder);
	free(program);
}

/* A function of the program, in LINE. */
struct code {
	const char *function;
	uint32_t line;
};

#define PLACES_MAX 4

/* The stack of PLACES, innermost first, of which an event loop follows that main() runs. */
static uint32_t stack_of(struct program *program, const struct code *places, size_t count,
			 bool in_loop)
{
	struct recording_builder *builder = &program->builder;
	uint64_t pc[PLACES_MAX + 3];
	size_t i;

	for (i = 0; i < count; i++)
		pc[i] = builder_add_script(builder, APP, places[i].function, places[i].line);
	if (in_loop) {
		pc[i++] = builder_add_script(builder, "/usr/lib/python3.11/asyncio/base_events.py",
					     "BaseEventLoop._run_once", 1909);
		pc[i++] = builder_add_script(builder, APP, "main", 99);
	}
	return builder_add_stack(builder, pc, i);
}

static uint32_t stack_in_loop(struct program *program, const char *function, uint32_t line)
{
	const struct code place = { function, line };

	return stack_of(program, &place, function ? 1 : 0, true);
}

/* A connection whose end the loop read, at 5 s. */
static struct recorded_socket *leak_in_loop(struct program *program, int fd)
{
	struct recorded_socket *row = builder_add_socket(&program->builder, fd, (uint64_t)fd + 100);

	row->opened_stack = row->eof_stack = stack_in_loop(program, NULL, 0);
	row->eof_ns = at_ms(5000);
	return row;
}

static void assert_site(const struct call_site *site, const char *function, enum stack_kind stack)
{
	assert_non_null(site);
	assert_non_null(site->choice.frame);
	assert_string_equal(site->choice.frame->function, function);
	assert_int_equal(site->choice.stack, stack);
}

static void test_dispatchers_by_name(void **state)
{
	static const struct frame known[] = {
		{ .function = "uv_run" },
		{ .function = "event_base_loop" },
		{ .function = "boost::asio::detail::scheduler::run(boost::system::error_code&)" },
		{ .function = "boost::asio::io_context::run()" },
		{ .function = "tokio::runtime::scheduler::current_thread::Context::run_task" },
		{ .function = "BaseEventLoop.run_forever",
		  .file = "/usr/lib/python3.11/asyncio/base_events.py",
		  .script = true },
		{ .function = "EpollSelector.select",
		  .file = "/usr/lib/python3.11/selectors.py",
		  .script = true },
		{ .function = "run",
		  .file = "/usr/lib/ruby/vendor_ruby/eventmachine.rb",
		  .language = &language_ruby,
		  .script = true },
		{ .function = "React\\EventLoop\\StreamSelectLoop::run",
		  .file = "/srv/vendor/react/event-loop/src/StreamSelectLoop.php",
		  .language = &language_php,
		  .script = true },
		{ .function = "one_tick",
		  .file = "/usr/share/perl5/Mojo/Reactor/Poll.pm",
		  .language = &language_perl,
		  .script = true },
	};
	static const struct frame others[] = {
		{ .function = "uv_run_all" },
		{ .function = "run",
		  .file = "/srv/app/loop.rb",
		  .language = &language_ruby,
		  .script = true },
		{ .function = "run", .file = APP, .script = true },
		{ .function = "serve_forever", .file = APP, .script = true },
		{ .function = NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(is_known_dispatcher(&known[i]));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(is_known_dispatcher(&others[i]));
	assert_int_equal(frames_inside_dispatcher(known, 1), 0);
	assert_int_equal(frames_inside_dispatcher(others, 5), 5);
}

/* What came next, else how it was used, else where it was opened, else what runs the loop. */
static void test_order_of_stacks(void **state)
{
	struct program *program = begin();
	struct recorded_socket *row = leak_in_loop(program, 5);

	(void)state;
	row->write_stack = stack_in_loop(program, "reply", 10);
	row->next_stack = stack_in_loop(program, "on_end", 20);
	row->next_ns = row->eof_ns + 1000;
	row->next = NEXT_EPOLL_CTL;
	row->next_fd = 5;
	row = leak_in_loop(program, 6);
	row->write_stack = stack_in_loop(program, "reply", 10);
	row->read_stack = stack_in_loop(program, NULL, 0);
	row = leak_in_loop(program, 7);
	row->opened_stack = stack_in_loop(program, "open_upstream", 30);
	leak_in_loop(program, 8);
	group(program);
	assert_int_equal(HASH_COUNT(program->sites->sites), 4);
	assert_site(program->sites->sites, "on_end", STACK_NEXT);
	assert_site(program->sites->sites->hh.next, "reply", STACK_WROTE);
	assert_site(((struct call_site *)program->sites->sites->hh.next)->hh.next, "open_upstream",
		    STACK_OPENED);
	end(program);
}

/* The next event of a loop is another connection's; but not if that one is closed. */
static void test_next_of_another(void **state)
{
	static const struct {
		enum recorded_next next;
		const char *site;
	} cases[] = { { NEXT_WRITE, "reply" }, { NEXT_CLOSE, "close_client" } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program *program = begin();
		struct recorded_socket *row = leak_in_loop(program, 5);

		row->write_stack = stack_in_loop(program, "reply", 10);
		row->next_stack = stack_in_loop(program, "close_client", 20);
		row->next_ns = row->eof_ns + 1000;
		row->next = cases[i].next;
		row->next_fd = 9;
		group(program);
		assert_string_equal(program->sites->sites->choice.frame->function, cases[i].site);
		end(program);
	}
}

/* A loop calls what reads for one connection, and a timer's function by another way. */
static void test_next_of_timer(void **state)
{
	static const char reader[] = "/usr/lib/python3.11/asyncio/selector_events.py";
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct program *program = begin();
		struct recording_builder *builder = &program->builder;
		struct recorded_socket *row = leak_in_loop(program, 5);
		const uint64_t pc[] = {
			builder_add_script(builder, APP, "on_end", 20),
			builder_add_script(builder, reader, "_read_ready", 30),
			builder_add_script(builder, "/usr/lib/python3.11/asyncio/base_events.py",
					   "BaseEventLoop._run_once", 1909),
			builder_add_script(builder, APP, "main", 99),
		};

		row->eof_stack = builder_add_stack(builder, pc + 1, 3);
		row->opened_stack = stack_in_loop(program, "serve", 40);
		row->next_stack = i ? builder_add_stack(builder, pc, 4)
				    : stack_in_loop(program, "heartbeat", 10);
		row->next_ns = row->eof_ns + 1000;
		row->next = NEXT_WRITE;
		row->next_fd = 9;
		group(program);
		assert_site(program->sites->sites, i ? "on_end" : "serve",
			    i ? STACK_NEXT : STACK_OPENED);
		end(program);
	}
}

/* Two handlers behind one loop are two findings; two lines of one handler are one. */
static void test_handlers_part_findings(void **state)
{
	struct program *program = begin();

	(void)state;
	leak_in_loop(program, 5)->write_stack = stack_in_loop(program, "reply", 10);
	leak_in_loop(program, 6)->write_stack = stack_in_loop(program, "reply", 12);
	leak_in_loop(program, 7)->write_stack = stack_in_loop(program, "log", 40);
	group(program);
	assert_int_equal(HASH_COUNT(program->sites->sites), 2);
	end(program);
}

static struct recorded_socket *leak_at(struct program *program, int fd, uint32_t eof_stack)
{
	struct recorded_socket *row = builder_add_socket(&program->builder, fd, (uint64_t)fd + 100);

	row->eof_stack = eof_stack;
	row->eof_ns = at_ms(5000);
	return row;
}

/* serve_event() reads for all, in line 10, and calls in line 20 what the connection says. */
static void test_dispatcher_by_calls(void **state)
{
	const struct code reads[] = { { "serve_event", 10 }, { "run", 1 } };
	const struct code logs[] = { { "log_data", 36 }, { "serve_event", 20 }, { "run", 1 } };
	const struct code echoes[] = { { "echo_data", 27 }, { "serve_event", 20 }, { "run", 1 } };
	struct program *program = begin();
	uint32_t eof_stack = stack_of(program, reads, 2, false);
	struct recorded_total *closed;

	(void)state;
	leak_at(program, 5, eof_stack)->write_stack = stack_of(program, logs, 3, false);
	closed = builder_add_total(&program->builder, DECIDED_EOF, 3, 1);
	closed->decided_stack = eof_stack;
	closed->closed_stack = stack_of(program, echoes, 3, false);
	group(program);
	assert_site(program->sites->sites, "log_data", STACK_WROTE);
	assert_true(program->sites->sites->choice.in_loop);
	end(program);
}

/* One handler alone proves nothing, nor do two that are called in lines of their own. */
static void test_no_dispatcher(void **state)
{
	const struct code reads[] = { { "serve", 10 }, { "run", 1 } };
	const struct code replies[] = { { "reply", 36 }, { "serve", 20 }, { "run", 1 } };
	const struct code refuses[] = { { "refuse", 46 }, { "serve", 21 }, { "run", 1 } };
	struct program *program = begin();
	uint32_t eof_stack = stack_of(program, reads, 2, false);

	(void)state;
	leak_at(program, 5, eof_stack)->write_stack = stack_of(program, replies, 3, false);
	leak_at(program, 6, eof_stack)->write_stack = stack_of(program, refuses, 3, false);
	group(program);
	assert_site(program->sites->sites, "serve", STACK_EOF);
	end(program);
}

/* my_read() is called in two lines of serve(), which writes itself: it is what decides. */
static void test_wrapper(void **state)
{
	const struct code first[] = { { "my_read", 2 }, { "serve", 10 }, { "run", 1 } };
	const struct code last[] = { { "my_read", 2 }, { "serve", 20 }, { "run", 1 } };
	const struct code writes[] = { { "serve", 15 }, { "run", 1 } };
	struct program *program = begin();
	struct recorded_socket *row = leak_at(program, 5, stack_of(program, last, 3, false));

	(void)state;
	row->read_stack = stack_of(program, first, 3, false);
	row->write_stack = stack_of(program, writes, 2, false);
	group(program);
	assert_site(program->sites->sites, "serve", STACK_EOF);
	assert_int_equal(program->sites->sites->choice.frame->line, 20);
	end(program);
}

/* Behind a loop the handler is who calls a function that serves several, not that function. */
static void test_wrapper_of_use(void **state)
{
	const struct code handles[] = { { "reply", 2 }, { "handle", 10 } };
	const struct code reports[] = { { "reply", 2 }, { "report_status", 20 } };
	struct program *program = begin();

	(void)state;
	leak_in_loop(program, 5)->write_stack = stack_of(program, handles, 2, true);
	leak_in_loop(program, 6)->write_stack = stack_of(program, reports, 2, true);
	group(program);
	assert_int_equal(HASH_COUNT(program->sites->sites), 2);
	assert_site(program->sites->sites, "handle", STACK_WROTE);
	assert_true(program->sites->sites->choice.in_loop);
	assert_string_equal(program->sites->sites->choice.wrapper->function, "reply");
	assert_site(program->sites->sites->hh.next, "report_status", STACK_WROTE);
	end(program);
}

/* What runs the loop is no handler, however often it calls. */
static void test_no_wrapper_of_use(void **state)
{
	struct program *program = begin();

	(void)state;
	leak_in_loop(program, 5)->write_stack = stack_in_loop(program, "handle", 10);
	leak_in_loop(program, 6)->write_stack = stack_in_loop(program, "handle", 20);
	group(program);
	assert_site(program->sites->sites, "handle", STACK_WROTE);
	assert_null(program->sites->sites->choice.wrapper);
	end(program);
}

/* serve() is called in two lines, but nothing shows that run() has more to do with it. */
static void test_no_wrapper(void **state)
{
	const struct code first[] = { { "serve", 2 }, { "run", 10 } };
	const struct code last[] = { { "serve", 2 }, { "run", 20 } };
	struct program *program = begin();
	struct recorded_socket *row = leak_at(program, 5, stack_of(program, last, 2, false));

	(void)state;
	row->read_stack = stack_of(program, first, 2, false);
	group(program);
	assert_int_equal(program->sites->sites->choice.frame->line, 2);
	end(program);
}

/* serve(), which called FUNCTION of a library, that goes on in LINE. */
static uint32_t stack_in_library(struct program *program, const char *function, uint32_t line)
{
	struct recording_builder *builder = &program->builder;
	const uint64_t pc[] = {
		builder_add_script(builder, "/usr/lib/python3/dist-packages/trio/_socket.py",
				   function, line),
		builder_add_script(builder, APP, "serve", 8),
	};

	return builder_add_stack(builder, pc, 2);
}

/* Where a library went on inside of its function parts no findings; what it was called for does. */
static void test_lines_of_libraries(void **state)
{
	struct program *program = begin();
	uint32_t eof_stack = stack_in_library(program, "recv", 700);

	(void)state;
	leak_at(program, 5, eof_stack)->opened_stack = stack_in_library(program, "accept", 599);
	leak_at(program, 6, eof_stack)->opened_stack = stack_in_library(program, "accept", 604);
	leak_at(program, 7, eof_stack)->opened_stack = stack_in_library(program, "dup", 604);
	group(program);
	call_sites_join_twins(program->sites, program->symbolizer, &no_globs);
	assert_int_equal(HASH_COUNT(program->sites->sites), 2);
	assert_int_equal(program->sites->sites->count, 2);
	end(program);
}

/* No stack of the connection leads to a handler: the loop calls one only. */
static void test_only_handler(void **state)
{
	struct program *program = begin();

	(void)state;
	leak_in_loop(program, 5);
	stack_in_loop(program, "on_data", 10);
	stack_in_loop(program, "on_data", 12);
	group(program);
	assert_site(program->sites->sites, "on_data", STACK_NEXT);
	assert_true(program->sites->sites->choice.is_only_handler);
	assert_true(program->sites->sites->choice.in_loop);
	end(program);
}

/* Which of two it is can't be known; one that other code calls is not the loop's. */
static void test_no_only_handler(void **state)
{
	const struct code calls = { "on_request", 30 };
	struct program *program = begin();

	(void)state;
	leak_in_loop(program, 5);
	stack_in_loop(program, "on_data", 10);
	stack_in_loop(program, "on_time", 20);
	group(program);
	assert_false(program->sites->sites->choice.is_only_handler);
	assert_string_equal(program->sites->sites->choice.frame->function, "main");
	end(program);

	program = begin();
	leak_in_loop(program, 5);
	stack_of(program, &calls, 1, false);
	group(program);
	assert_false(program->sites->sites->choice.is_only_handler);
	end(program);
}

/* A loop's thread began to listen: the socket was opened by who set the server up. */
static void test_listener_of_another_thread(void **state)
{
	const struct code binds = { "serve", 30 };
	struct program *program = begin();
	uint64_t loop =
		builder_add_script(&program->builder, "/usr/lib/python3.11/asyncio/base_events.py",
				   "BaseEventLoop._run_once", 1909);
	struct recorded_socket *row = builder_add_socket(&program->builder, 4, 4);

	(void)state;
	row->role = ROLE_LISTENER;
	row->local.port = 80;
	row->listen_stack = builder_add_stack(&program->builder, &loop, 1);
	row->opened_stack = stack_of(program, &binds, 1, false);
	row = leak_in_loop(program, 5);
	row->source = SOURCE_ACCEPT;
	row->local.port = 80;
	group(program);
	assert_site(program->sites->sites, "serve", STACK_LISTEN);
	end(program);
}

/* What a library's thread accepts for the program is handled behind a loop of that. */
static void test_listener_of_a_library(void **state)
{
	const struct code binds = { "serve", 30 };
	struct program *program = begin();
	uint64_t tick = builder_add_script(&program->builder,
					   "/usr/lib/python3/dist-packages/cheroot/server.py",
					   "HTTPServer.tick", 1995);
	struct recorded_socket *row = builder_add_socket(&program->builder, 4, 4);

	(void)state;
	row->role = ROLE_LISTENER;
	row->local.port = 80;
	row->listen_stack = row->opened_stack = stack_of(program, &binds, 1, false);
	row = leak_in_loop(program, 5);
	row->opened_stack = row->eof_stack = builder_add_stack(&program->builder, &tick, 1);
	row->source = SOURCE_ACCEPT;
	row->local.port = 80;
	group(program);
	assert_site(program->sites->sites, "serve", STACK_LISTEN);
	assert_true(program->sites->sites->choice.in_loop);
	end(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dispatchers_by_name),
		cmocka_unit_test(test_order_of_stacks),
		cmocka_unit_test(test_next_of_another),
		cmocka_unit_test(test_next_of_timer),
		cmocka_unit_test(test_handlers_part_findings),
		cmocka_unit_test(test_dispatcher_by_calls),
		cmocka_unit_test(test_no_dispatcher),
		cmocka_unit_test(test_wrapper),
		cmocka_unit_test(test_no_wrapper),
		cmocka_unit_test(test_wrapper_of_use),
		cmocka_unit_test(test_lines_of_libraries),
		cmocka_unit_test(test_no_wrapper_of_use),
		cmocka_unit_test(test_only_handler),
		cmocka_unit_test(test_no_only_handler),
		cmocka_unit_test(test_listener_of_another_thread),
		cmocka_unit_test(test_listener_of_a_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
