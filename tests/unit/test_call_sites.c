/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/call_sites/call_sites.h"
#include "tests/unit/recording_builder.h"

#define OPENED_PC 0x1010
#define EOF_PC    0x1020
#define OTHER_PC  0x1030
#define CLOSED_PC 0x1040

static const struct judge_options judging = { .min_held_ns = 100000000, .late_ns = 10000000000 };

static const struct own_globs no_globs;

struct grouped {
	char *folder;
	struct recordings *recordings;
	struct sockets *sockets;
	struct leaks *leaks;
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	struct call_sites *sites;
};

/* The same program, loaded at BASE. */
static void begin_at(struct recording_builder *builder, int pid, uint64_t base, uint32_t ids[4])
{
	static const uint64_t places[] = { OPENED_PC, EOF_PC, OTHER_PC, CLOSED_PC };
	size_t i;

	builder_begin(builder, pid, 1);
	builder_add_module(builder, "/opt/server", base, base + 0x10000);
	for (i = 0; i < 4; i++) {
		uint64_t pc = base + places[i];

		ids[i] = builder_add_stack(builder, &pc, 1);
	}
}

static void leak_at(struct recording_builder *builder, int fd, uint64_t cookie, uint32_t opened,
		    uint32_t eof)
{
	struct recorded_socket *row = builder_add_socket(builder, fd, cookie);

	row->opened_stack = opened;
	row->eof_stack = eof;
	row->eof_ns = at_ms(5000);
}

static struct grouped group(struct recording_builder *builders, size_t count)
{
	struct grouped grouped = { .folder = builder_new_folder() };
	struct code_naming naming;
	size_t i;

	for (i = 0; i < count; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%zu.finleak", grouped.folder, i);
		builder_write(&builders[i], path);
	}
	grouped.recordings = recordings_read(&grouped.folder, 1, NULL, 0);
	grouped.sockets = sockets_join(grouped.recordings);
	grouped.leaks = judge_all(grouped.recordings, grouped.sockets, &judging);
	grouped.backtraces = backtraces_new();
	grouped.symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	naming = (struct code_naming){ grouped.backtraces, grouped.symbolizer, &no_globs };
	grouped.sites = call_sites_group(grouped.recordings, grouped.sockets, grouped.leaks,
					 &judging, &naming);
	return grouped;
}

static void end_group(struct grouped *grouped)
{
	call_sites_free(grouped->sites);
	backtraces_free(grouped->backtraces);
	symbolizer_free(grouped->symbolizer);
	leaks_free(grouped->leaks);
	sockets_free(grouped->sockets);
	recordings_free(grouped->recordings);
	builder_remove_folder(grouped->folder);
}

/* Two processes run the same code at different addresses: one finding. */
static void test_joins_processes(void **state)
{
	struct recording_builder *builders = calloc(2, sizeof(*builders));
	struct grouped grouped;
	uint32_t ids[4];

	(void)state;
	begin_at(&builders[0], 10, 0x400000, ids);
	leak_at(&builders[0], 5, 1, ids[0], ids[1]);
	begin_at(&builders[1], 11, 0x7f0000000000, ids);
	leak_at(&builders[1], 5, 2, ids[0], ids[1]);
	leak_at(&builders[1], 6, 3, ids[0], ids[1]);
	grouped = group(builders, 2);
	assert_int_equal(HASH_COUNT(grouped.sites->sites), 1);
	assert_int_equal(grouped.sites->sites->count, 3);
	assert_int_equal(grouped.sites->sites->key.decided->frames[0].offset, EOF_PC);
	end_group(&grouped);
	free(builders);
}

/* In an event loop the EOF's stack is the same for all: what opened distinguishes them. */
static void test_opened_stack_separates(void **state)
{
	struct recording_builder *builder = calloc(1, sizeof(*builder));
	struct grouped grouped;
	uint32_t ids[4];

	(void)state;
	begin_at(builder, 10, 0x400000, ids);
	leak_at(builder, 5, 1, ids[0], ids[1]);
	leak_at(builder, 6, 2, ids[2], ids[1]);
	grouped = group(builder, 1);
	assert_int_equal(HASH_COUNT(grouped.sites->sites), 2);
	end_group(&grouped);
	free(builder);
}

static void test_siblings(void **state)
{
	struct recording_builder *builder = calloc(1, sizeof(*builder));
	const struct siblings *siblings;
	struct recorded_total *total;
	struct grouped grouped;
	uint32_t ids[4];

	(void)state;
	begin_at(builder, 10, 0x400000, ids);
	leak_at(builder, 5, 1, ids[0], ids[1]);
	leak_at(builder, 6, 2, ids[0], ids[1]);
	total = builder_add_total(builder, DECIDED_EOF, 998, 2);
	total->decided_stack = ids[1];
	total->closed_stack = ids[3];
	/* The same stack decided otherwise, and another stack: no siblings. */
	total = builder_add_total(builder, DECIDED_ERROR, 50, 2);
	total->decided_stack = ids[1];
	total = builder_add_total(builder, DECIDED_EOF, 70, 2);
	total->decided_stack = ids[2];
	grouped = group(builder, 1);
	assert_int_equal(HASH_COUNT(grouped.sites->sites), 1);
	siblings = grouped.sites->sites->siblings;
	assert_non_null(siblings);
	assert_int_equal(siblings->count, 1000);
	assert_int_equal(siblings->closed, 998);
	assert_int_equal(siblings->closing_count, 1);
	assert_int_equal(siblings->closings[0].closed->frames[0].offset, CLOSED_PC);
	assert_true(held_times_median_ms(&siblings->closings[0].held) > 1.6);
	assert_true(held_times_median_ms(&siblings->closings[0].held) <= 2);
	end_group(&grouped);
	free(builder);
}

/* A return address one behind the module's end belongs to the call before it. */
static void test_noreturn_at_the_end(void **state)
{
	struct recording_builder *builder = calloc(1, sizeof(*builder));
	const uint64_t pc = 0x410000;
	struct grouped grouped;
	uint32_t ids[4], id;

	(void)state;
	begin_at(builder, 10, 0x400000, ids);
	id = builder_add_stack(builder, &pc, 1);
	leak_at(builder, 5, 1, ids[0], id);
	grouped = group(builder, 1);
	assert_non_null(grouped.sites->sites->key.decided->frames[0].module);
	end_group(&grouped);
	free(builder);
}

/* Of those without an end, all that were opened at the same place. */
static void test_siblings_by_opening(void **state)
{
	struct recording_builder *builder = calloc(1, sizeof(*builder));
	const struct siblings *siblings;
	struct recorded_socket *row;
	struct recorded_total *total;
	struct grouped grouped;
	uint32_t ids[4];
	int fd;

	(void)state;
	begin_at(builder, 10, 0x400000, ids);
	builder->header.opened = 12;
	for (fd = 5; fd < 7; fd++) {
		row = builder_add_socket(builder, fd, (uint64_t)fd);
		row->opened_stack = ids[0];
		row->sampled_ns = at_ms(BUILDER_END_MS);
		row->tcp_state = 8; /* CLOSE_WAIT */
		row->receive_queue = 1;
		row->quiet_ms = 5000;
		row->last_sent_ms = UINT32_MAX;
	}
	total = builder_add_total(builder, DECIDED_NOT, 7, 0);
	total->opened_stack = ids[0];
	total->closed_stack = ids[3];
	total = builder_add_total(builder, DECIDED_EOF, 1, 2);
	total->opened_stack = ids[0];
	total->decided_stack = ids[1];
	total->closed_stack = ids[3];
	grouped = group(builder, 1);
	assert_int_equal(HASH_COUNT(grouped.sites->sites), 1);
	assert_int_equal(grouped.sites->sites->key.class, CLASS_FIN_UNREAD);
	siblings = grouped.sites->sites->siblings;
	assert_non_null(siblings);
	assert_int_equal(siblings->key.decision, DECIDED_NOT);
	assert_int_equal(siblings->count, 10);
	assert_int_equal(siblings->closed, 8);
	assert_int_equal(siblings->closing_count, 1);
	end_group(&grouped);
	free(builder);
}

static void hold(struct held_times *times, uint64_t count, uint64_t ms)
{
	struct recorded_total total = { .count = count, .held_max_ns = at_ms(ms) };

	total.held[held_bucket(at_ms(ms))] = (uint32_t)count;
	held_times_add_total(times, &total, count);
}

static void test_median(void **state)
{
	struct held_times times = { 0 };

	(void)state;
	assert_true(held_times_median_ms(&times) == 0);
	hold(&times, 1, 1);
	assert_true(held_times_median_ms(&times) > 0.8);
	/* A bucket's middle may be above the longest that fell into it. */
	assert_true(held_times_median_ms(&times) <= 1);
	hold(&times, 5, 100);
	hold(&times, 2, 10000);
	assert_true(held_times_median_ms(&times) > 80 && held_times_median_ms(&times) < 120);
}

/* Some of a total count as leaks: those that were held for longest. */
static void test_median_of_a_part(void **state)
{
	struct recorded_total total = { .count = 10, .held_max_ns = at_ms(10000) };
	struct held_times times = { 0 };

	(void)state;
	total.held[held_bucket(at_ms(1))] = 4;
	total.held[held_bucket(at_ms(10000))] = 6;
	held_times_add_total(&times, &total, 4);
	assert_true(held_times_median_ms(&times) < 1.5);
	assert_true(times.max_ns < at_ms(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joins_processes),
		cmocka_unit_test(test_opened_stack_separates),
		cmocka_unit_test(test_siblings),
		cmocka_unit_test(test_noreturn_at_the_end),
		cmocka_unit_test(test_siblings_by_opening),
		cmocka_unit_test(test_median),
		cmocka_unit_test(test_median_of_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
