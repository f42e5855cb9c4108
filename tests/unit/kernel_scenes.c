/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "tests/unit/kernel_scenes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_stacks(struct scene *scene, struct recording_builder *builder)
{
	uint32_t *const ids[] = { &scene->opened,   &scene->eof,    &scene->listened,
				  &scene->accepted, &scene->forked, &scene->spawned,
				  &scene->closed };
	uint64_t pc = 0x400010;
	size_t i;

	builder_add_module(builder, "/opt/server", 0x400000, 0x500000);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++, pc += 16)
		*ids[i] = builder_add_stack(builder, &pc, 1);
}

static void begin_observing(struct observing *observing, int pid)
{
	observing->observation = (struct observation){ .pid = pid,
						       .first_ns = at_ms(2000),
						       .sampled_ns = at_ms(SIGHTED_MS),
						       .samples = 88,
						       .sockets = observing->sockets,
						       .holders = observing->holders,
						       .listeners = observing->listeners,
						       .pollers = observing->pollers };
}

static void begin_scene(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	builder_begin(&scene->server, 10, 1);
	builder_begin(&scene->child, 11, 10);
	fill_stacks(scene, &scene->server);
	fill_stacks(scene, &scene->child);
	begin_observing(&scene->server_seen, 10);
	begin_observing(&scene->child_seen, 11);
}

struct recorded_socket *server_row(struct scene *scene, int fd, uint64_t cookie)
{
	struct recorded_socket *row = builder_add_socket(&scene->server, fd, cookie);

	row->opened_stack = scene->opened;
	row->receive_queue = RECORDED_QUEUE_UNKNOWN;
	return row;
}

struct recorded_socket *server_eof(struct scene *scene, uint64_t ms)
{
	struct recorded_socket *row = server_row(scene, 5, COOKIE);

	row->eof_ns = at_ms(ms);
	row->eof_stack = scene->eof;
	row->eof_reads = 1;
	return row;
}

struct observed_socket *sees(struct observing *observing, int fd, uint64_t cookie, uint8_t state)
{
	struct observed_socket *socket = &observing->sockets[observing->observation.socket_count++];

	*socket = (struct observed_socket){ .cookie = cookie,
					    .since_ns = at_ms(5000),
					    .sampled_ns = at_ms(SIGHTED_MS),
					    .quiet_ms = -1,
					    .sent_ms = -1,
					    .inode = 77,
					    .receive_queue = 1,
					    .fd = fd,
					    .epoll = -1,
					    .state = state,
					    .readiness = EPOLL_UNWATCHED };
	return socket;
}

struct observed_socket *stuck(struct scene *scene)
{
	server_row(scene, 5, COOKIE);
	return sees(&scene->server_seen, 5, COOKIE, KERNEL_CLOSE_WAIT);
}

struct recorded_socket *exit_sampled(struct recorded_socket *row, uint32_t queue, uint32_t quiet_ms)
{
	row->sampled_ns = at_ms(BUILDER_END_MS);
	row->tcp_state = KERNEL_CLOSE_WAIT;
	row->receive_queue = queue;
	row->quiet_ms = quiet_ms;
	row->last_sent_ms = UINT32_MAX;
	return row;
}

void add_exit_total(struct scene *scene, uint32_t closed_stack)
{
	struct recorded_total *total = builder_add_total(&scene->server, DECIDED_NOT, 1, 95000);

	total->opened_stack = scene->opened;
	total->closed_stack = closed_stack;
}

void departs(struct scene *scene, uint64_t closed_ms, uint64_t eof_ms)
{
	struct recorded_departure *departure = builder_add_departure(&scene->server, COOKIE);

	departure->closed_ns = at_ms(closed_ms);
	departure->closed_stack = scene->closed;
	departure->opened_stack = scene->opened;
	departure->eof_ns = at_ms(eof_ms);
	departure->eof_stack = eof_ms ? scene->eof : 0;
}

static void check_leak(const struct scenario *scenario, const struct leak *leak)
{
	if (leak->class != scenario->class || leak->reason != scenario->reason ||
	    leak->verdict != scenario->verdict || leak->deciding != scenario->deciding)
		fail_msg("%s: %s, reason %d, %s, decided by %s; expected %s, %d, %s, %s",
			 scenario->name, leak_class_name(leak->class), (int)leak->reason,
			 verdict_name(leak->verdict), stack_kind_name(leak->deciding),
			 leak_class_name(scenario->class), (int)scenario->reason,
			 verdict_name(scenario->verdict), stack_kind_name(scenario->deciding));
	if (!leak->stacks[leak->deciding].recording)
		fail_msg("%s: no deciding stack", scenario->name);
	if (leak->read_unseen != !!scenario->read_unseen)
		fail_msg("%s: was the read seen?", scenario->name);
	if (leak->decided_ns > leak->until_ns)
		fail_msg("%s: decided after it was over", scenario->name);
	if (leak->class != CLASS_HELD_ELSEWHERE && !leak->holder && !leak->stacks[STACK_CLOSED].id)
		fail_msg("%s: nobody to blame, and nobody closed it", scenario->name);
}

static bool closed_by_the_end(const void *context, const struct recording *recording,
			      uint32_t opened, uint32_t closed)
{
	(void)recording;
	(void)opened;
	return closed == ((const struct scene *)context)->closed;
}

/* In FOLDER, beside the recording where it has one. */
static void write_process(struct recording_builder *builder, const struct observing *seen,
			  const char *folder)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d.finleak", folder, builder->header.pid);
	builder_write(builder, path);
	assert_int_equal(observation_write(&seen->observation, path), 0);
}

static void play(const struct scenario *scenario, struct scene *scene)
{
	const struct judge_options options = { .min_held_ns = at_ms(MIN_HELD_MS),
					       .late_ns = at_ms(10000),
					       .idle_ns = at_ms(3000),
					       .closed_at_exit = closed_by_the_end,
					       .close_context = scene };
	char *folder = builder_new_folder();
	struct recordings *recordings;
	struct sockets *sockets;
	struct leaks *leaks;
	size_t expected, i;

	begin_scene(scene);
	scenario->fill(scene);
	write_process(&scene->server, &scene->server_seen, folder);
	if (scene->has_child)
		write_process(&scene->child, &scene->child_seen, folder);
	recordings = recordings_read(&folder, 1, NULL, 0);
	assert_int_equal(recordings->unreadable, 0);
	for (i = 0; i < recordings->count; i++)
		if (scene->is_running && recordings->list[i].recording->header.pid == 10)
			recordings->list[i].state = PROCESS_RUNNING;
	sockets = sockets_join(recordings);
	leaks = judge_all(recordings, sockets, &options);
	expected = scenario->clean ? 0 : scenario->findings ? scenario->findings : 1;
	if (leaks->count != expected)
		fail_msg("%s: %zu findings (%s), expected %zu", scenario->name, leaks->count,
			 leaks->count ? leak_class_name(leaks->list[0].class) : "none", expected);
	for (i = 0; i < leaks->count; i++)
		check_leak(scenario, &leaks->list[i]);
	leaks_free(leaks);
	sockets_free(sockets);
	recordings_free(recordings);
	builder_remove_folder(folder);
}

void play_scenarios(const struct scenario *list, size_t count)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	size_t i;

	for (i = 0; i < count; i++)
		play(&list[i], scene);
	free(scene);
}
