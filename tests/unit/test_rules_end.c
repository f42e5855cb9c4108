/* SPDX-License-Identifier: MIT */
/* What only the end of its process closed, and what that finds open: teardown, signals, a kill. */
#include "tests/unit/unit.h"

#include "tests/unit/event_scenes.h"

#include <string.h>

static void closed_only_at_exit(struct scene *scene)
{
	total_of_eof(scene, 400)->closed_stack = STACK_OF_THE_END;
}

static void closed_at_exit_at_once(struct scene *scene)
{
	total_of_eof(scene, 50)->closed_stack = STACK_OF_THE_END;
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

static const struct scenario scenarios[] = {
	{ SCENARIO(closed_only_at_exit), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
	{ SCENARIO(closed_at_exit_at_once), .clean = 1 },
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
	{ SCENARIO(unread_duplicate_closed_at_exit),
	  LEAK(DUPLICATE_HELD, CLOSED_AT_EXIT, DUPLICATED) },
	{ SCENARIO(unread_duplicate_that_serves), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
	{ SCENARIO(unread_duplicate_on_standard_input), LEAK(FIN_UNREAD, CLOSED_AT_EXIT, OPENED) },
};

static void test_scenarios(void **state)
{
	(void)state;
	play_scenarios(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
