/* SPDX-License-Identifier: MIT */
/* What was closed late, or after its end was read over and over. */
#include "tests/unit/unit.h"

#include "tests/unit/event_scenes.h"

#include <string.h>

static void late_close(struct scene *scene)
{
	total_of_eof(scene, 20000);
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

static void late_but_no_eof(struct scene *scene)
{
	builder_add_total(&scene->server, DECIDED_NOT, 3, 20000);
}

static const struct scenario scenarios[] = {
	{ SCENARIO(late_close), .class = CLASS_LATE_CLOSE, .verdict = VERDICT_WARNING,
	  .deciding = STACK_EOF },
	{ SCENARIO(closed_after_spinning), WARNING(LATE_CLOSE, SPINNING, REREAD) },
	{ SCENARIO(closed_after_spinning_somewhere), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(closed_after_some_reads), .clean = 1 },
	{ SCENARIO(closed_late_after_spinning), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(late_but_no_eof), .clean = 1 },
	{ SCENARIO(spinning_in_totals), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(some_reads_in_totals), .clean = 1 },
	{ SCENARIO(spinning_in_both), WARNING(LATE_CLOSE, SPINNING, EOF) },
	{ SCENARIO(late_close_of_an_unread_fin), .class = CLASS_LATE_CLOSE,
	  .verdict = VERDICT_WARNING, .deciding = STACK_OPENED },
	{ SCENARIO(late_close_at_exit), LEAK(EOF_UNCLOSED, CLOSED_AT_EXIT, EOF) },
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
