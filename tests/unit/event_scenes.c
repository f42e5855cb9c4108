/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "tests/unit/event_scenes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct recorded_socket *server_socket(struct scene *scene)
{
	struct recorded_socket *row = builder_add_socket(&scene->server, 5, COOKIE);

	row->opened_stack = scene->opened;
	return row;
}

struct recorded_socket *server_eof(struct scene *scene, uint64_t ms)
{
	struct recorded_socket *row = server_socket(scene);

	row->eof_ns = at_ms(ms);
	row->eof_stack = scene->eof;
	row->eof_reads = 1;
	return row;
}

struct recorded_socket *child_socket(struct scene *scene)
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

void child_ends(struct scene *scene, uint64_t ms)
{
	scene->child.header.end_ns = at_ms(ms);
}

struct recorded_departure *departs(struct scene *scene, struct recording_builder *builder,
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

void looked(struct recorded_socket *row, uint8_t state, uint32_t last_sent_ms)
{
	row->sampled_ns = at_ms(BUILDER_END_MS);
	row->tcp_state = state;
	row->last_sent_ms = last_sent_ms;
}

void eof_of_killed_at_unknown_time(struct scene *scene)
{
	server_eof(scene, 5000);
	scene->server.header.end = END_NONE;
	scene->server.header.end_ns = 0;
	scene->server.header.last_event_ns = at_ms(5000);
}

struct recorded_total *total_of_eof(struct scene *scene, uint64_t held_ms)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_EOF, 3, held_ms);

	total->opened_stack = scene->opened;
	total->decided_stack = scene->eof;
	return total;
}

struct recorded_departure *closes(struct scene *scene, uint64_t finished_ms, uint64_t closed_ms,
				  enum recorded_decision decision)
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

static bool closed_by_the_end(const void *context, const struct recording *recording,
			      uint32_t opened, uint32_t closed)
{
	(void)context;
	(void)recording;
	(void)opened;
	return closed == STACK_OF_THE_END;
}

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

void play_scenarios(const struct scenario *list, size_t count)
{
	struct judge_options options = { .min_held_ns = at_ms(100),
					 .late_ns = at_ms(10000),
					 .idle_ns = at_ms(3000),
					 .closed_at_exit = closed_by_the_end };
	struct scene *scene = calloc(1, sizeof(*scene));
	size_t i;

	for (i = 0; i < count; i++) {
		char *folder = builder_new_folder();
		char path[128];
		struct recordings *recordings;
		struct sockets *sockets;
		struct leaks *leaks;

		begin_scene(scene);
		list[i].fill(scene);
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
		options.strict = list[i].strict;
		leaks = judge_all(recordings, sockets, &options);
		check(&list[i], leaks);
		leaks_free(leaks);
		sockets_free(sockets);
		recordings_free(recordings);
		builder_remove_folder(folder);
	}
	free(scene);
}
