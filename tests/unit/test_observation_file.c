/* SPDX-License-Identifier: MIT */
/* What is kept beside a recording comes back as it was, or not at all. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/recordings/observation_file.h"
#include "analyzer/recordings/observation_scripts.h"
#include "tests/unit/recording_builder.h"

/* Where the fields of the file's head are: magic, byte order, eight sizes, seven counts. */
#define COUNTS_AT       44
#define OBSERVATION_AT  72
#define FIRST_SOCKET_AT (OBSERVATION_AT + sizeof(struct observation))

#define SOCKETS   3
#define LISTENERS 1
#define HOLDERS   2
#define POLLERS   1
#define THREADS   1
#define SCRIPTS   1

struct place {
	char *folder;
	char recording[128], observed[128], draft[128];
};

struct bytes {
	uint8_t *at;
	size_t size;
};

static int begin(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	place->folder = builder_new_folder();
	snprintf(place->recording, sizeof(place->recording), "%s/a.finleak", place->folder);
	snprintf(place->observed, sizeof(place->observed), "%s/a.observed", place->folder);
	snprintf(place->draft, sizeof(place->draft), "%s/a.observing", place->folder);
	*state = place;
	return 0;
}

static int end(void **state)
{
	struct place *place = *state;

	rmdir(place->observed);
	builder_remove_folder(place->folder);
	free(place);
	return 0;
}

/* Its tables are static: not for observation_free. */
static struct observation example(void)
{
	static struct observed_socket sockets[SOCKETS];
	static struct observed_listener listeners[LISTENERS];
	static struct observed_holder holders[HOLDERS];
	static struct observed_poller pollers[POLLERS];
	static struct observed_thread threads[THREADS];
	static struct observed_script scripts[SCRIPTS];
	static char texts[] = "python\0a.py\0f";
	size_t i;

	for (i = 0; i < SOCKETS; i++)
		sockets[i] = (struct observed_socket){ .cookie = 100 + i,
						       .since_ns = at_ms(5000),
						       .sampled_ns = at_ms(9000),
						       .quiet_ms = -1,
						       .receive_queue = (uint32_t)i,
						       .fd = 5,
						       .epoll = -1,
						       .state = KERNEL_CLOSE_WAIT,
						       .flags = OBSERVED_CONFIRMED };
	listeners[0] = (struct observed_listener){ .cookie = 7, .waiting = 3, .maximum = 16 };
	strcpy(listeners[0].thread, "sleeping in futex");
	for (i = 0; i < HOLDERS; i++)
		holders[i] = (struct observed_holder){ .cookie = 101, .pid = 30, .fd = 4 };
	strcpy(holders[1].command, "sleep");
	pollers[0] = (struct observed_poller){ .epoll = 6, .thread = 12, .returned_ns = 7 };
	strcpy(pollers[0].doing, "sleeps in futex (FUTEX_WAIT)");
	threads[0] = (struct observed_thread){ .thread = 12, .since_ns = 8, .switches = 9 };
	strcpy(threads[0].doing, "sleeps in epoll_wait");
	threads[0].frames = 2;
	threads[0].pc[0] = RECORDED_SCRIPT_FRAME;
	threads[0].pc[1] = 0x401000;
	scripts[0] =
		(struct observed_script){ .language = 0, .file = 7, .function = 12, .line = 3 };
	return (struct observation){
		.pid = 10,
		.first_ns = at_ms(1000),
		.sampled_ns = at_ms(9000),
		.samples = 9,
		.states = { [KERNEL_CLOSE_WAIT] = SOCKETS },
		.sockets = sockets,
		.socket_count = SOCKETS,
		.listeners = listeners,
		.listener_count = LISTENERS,
		.holders = holders,
		.holder_count = HOLDERS,
		.pollers = pollers,
		.poller_count = POLLERS,
		.threads = threads,
		.thread_count = THREADS,
		.scripts = scripts,
		.script_count = SCRIPTS,
		.texts = texts,
		.text_size = sizeof(texts),
	};
}

static void write_example(const struct place *place)
{
	struct observation observation = example();

	assert_int_equal(observation_write(&observation, place->recording), 0);
}

static struct bytes load(const char *path)
{
	struct bytes bytes = { .at = NULL };
	FILE *file = fopen(path, "re");
	struct stat status;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	bytes.size = (size_t)status.st_size;
	bytes.at = malloc(bytes.size);
	assert_int_equal(fread(bytes.at, 1, bytes.size, file), bytes.size);
	fclose(file);
	return bytes;
}

static void store(const char *path, const uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Does a file of the SIZE bytes AT count as an observation? Another is known to be there. */
static bool is_taken(const struct place *place, const uint8_t *at, size_t size)
{
	struct observation *observation;
	bool taken, unusable;

	store(place->observed, at, size);
	observation = observation_read(place->recording, &unusable);
	taken = observation != NULL;
	assert_int_equal(unusable, !taken);
	observation_free(observation);
	return taken;
}

static void test_comes_back(void **state)
{
	struct observation wrote = example(), *read;
	const struct place *place = *state;
	struct stat status;

	write_example(place);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	assert_int_equal(read->pid, wrote.pid);
	assert_int_equal(read->samples, wrote.samples);
	assert_memory_equal(read->states, wrote.states, sizeof(wrote.states));
	assert_int_equal(read->socket_count, SOCKETS);
	assert_memory_equal(read->sockets, wrote.sockets, SOCKETS * sizeof(*wrote.sockets));
	assert_int_equal(read->listener_count, LISTENERS);
	assert_memory_equal(read->listeners, wrote.listeners, sizeof(*wrote.listeners));
	assert_int_equal(read->holder_count, HOLDERS);
	assert_memory_equal(read->holders, wrote.holders, HOLDERS * sizeof(*wrote.holders));
	assert_ptr_equal(observation_find(read, 101), &read->sockets[1]);
	assert_null(observation_find(read, 99));
	assert_null(observation_find(read, 103));
	observation_free(read);
	/* It lists connections: nobody else's business. */
	assert_int_equal(stat(place->observed, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_empty_one_comes_back(void **state)
{
	struct observation nothing = { .pid = 10 }, *read;
	const struct place *place = *state;

	assert_int_equal(observation_write(&nothing, place->recording), 0);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	assert_int_equal(read->socket_count + read->listener_count + read->holder_count, 0);
	assert_null(observation_find(read, 42));
	observation_free(read);
}

/* By whatever order rows were written in, and as many of one socket as there are. */
static void test_rows_are_found_in_any_order(void **state)
{
	struct observed_listener listeners[] = { { .cookie = 9 }, { .cookie = 7, .fd = 70 } };
	struct observed_holder holders[] = {
		{ .cookie = 102, .pid = 40 },
		{ .cookie = 101, .pid = 20, .is_ring = 1 },
		{ .cookie = 101, .pid = 30, .fd = 4 },
		{ .cookie = 100, .pid = 50 },
	};
	struct observed_poller pollers[] = { { .epoll = 8, .thread = 80 },
					     { .epoll = 3, .thread = 30 } };
	struct observation wrote = { .pid = 10,
				     .listeners = listeners,
				     .listener_count = 2,
				     .holders = holders,
				     .holder_count = 4,
				     .pollers = pollers,
				     .poller_count = 2 };
	const struct place *place = *state;
	const struct observed_holder *found;
	struct observation *read;
	size_t count;

	assert_int_equal(observation_write(&wrote, place->recording), 0);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	assert_int_equal(observation_listener(read, 7)->fd, 70);
	assert_null(observation_listener(read, 8));
	assert_int_equal(observation_poller(read, 3)->thread, 30);
	assert_int_equal(observation_poller(read, 8)->thread, 80);
	assert_null(observation_poller(read, 5));
	/* A program goes before a ring. */
	found = observation_holders(read, 101, &count);
	assert_int_equal(count, 2);
	assert_int_equal(found[0].pid, 30);
	assert_int_equal(found[1].pid, 20);
	assert_int_equal(observation_holders(read, 102, &count)->pid, 40);
	assert_int_equal(count, 1);
	assert_null(observation_holders(read, 103, &count));
	assert_int_equal(count, 0);
	assert_null(observation_holders(NULL, 101, &count));
	observation_free(read);
}

/* A few are asked what they do; each finding looks all of them up. */
static void test_more_threads_than_are_asked(void **state)
{
	struct observed_thread threads[OBSERVED_THREADS_MAX + 1] = { 0 };
	struct observation wrote = { .pid = 10,
				     .threads = threads,
				     .thread_count = OBSERVED_THREADS_MAX };
	const struct place *place = *state;
	struct observation *read;
	bool unusable;

	assert_int_equal(observation_write(&wrote, place->recording), 0);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	observation_free(read);
	wrote.thread_count++;
	assert_int_equal(observation_write(&wrote, place->recording), 0);
	assert_null(observation_read(place->recording, &unusable));
	assert_true(unusable);
}

/* Whoever has the old file open reads it on, whole; no draft is left. */
static void test_new_one_replaces_the_old(void **state)
{
	struct observation observation = example(), *read;
	const struct place *place = *state;
	struct bytes before, after;
	FILE *reader;

	write_example(place);
	before = load(place->observed);
	reader = fopen(place->observed, "re");
	assert_non_null(reader);
	observation.samples = 10;
	observation.socket_count = 1;
	assert_int_equal(observation_write(&observation, place->recording), 0);
	after.at = malloc(before.size);
	after.size = fread(after.at, 1, before.size, reader);
	assert_int_equal(after.size, before.size);
	assert_memory_equal(after.at, before.at, before.size);
	fclose(reader);
	read = observation_read(place->recording, NULL);
	assert_int_equal(read->samples, 10);
	assert_int_equal(read->socket_count, 1);
	observation_free(read);
	assert_int_equal(access(place->draft, F_OK), -1);
	free(before.at);
	free(after.at);
}

/* Half a draft of a finleak that was killed is in nobody's way, and a link there leads nowhere. */
static void test_old_drafts(void **state)
{
	const struct place *place = *state;
	char elsewhere[160];
	struct bytes other;

	store(place->draft, (const uint8_t *)"half", 4);
	write_example(place);
	assert_true(access(place->draft, F_OK) < 0);
	snprintf(elsewhere, sizeof(elsewhere), "%s/other", place->folder);
	store(elsewhere, (const uint8_t *)"other", 5);
	assert_int_equal(symlink(elsewhere, place->draft), 0);
	write_example(place);
	other = load(elsewhere);
	assert_int_equal(other.size, 5);
	free(other.at);
}

static void test_what_cannot_be_written(void **state)
{
	struct observation observation = example();
	const struct place *place = *state;
	char nowhere[160];

	assert_int_equal(mkdir(place->observed, 0700), 0);
	assert_int_equal(observation_write(&observation, place->recording), EISDIR);
	assert_int_equal(access(place->draft, F_OK), -1);
	snprintf(nowhere, sizeof(nowhere), "%s/none/a.finleak", place->folder);
	assert_int_equal(observation_write(&observation, nowhere), ENOENT);
}

static void test_what_is_no_file(void **state)
{
	const struct place *place = *state;
	bool unusable = true;

	assert_null(observation_read(place->recording, &unusable));
	assert_false(unusable);
	assert_int_equal(mkdir(place->observed, 0700), 0);
	assert_null(observation_read(place->recording, NULL));
	assert_int_equal(rmdir(place->observed), 0);
	/* Nobody writes to it: an open that waits would wait forever. */
	assert_int_equal(mkfifo(place->observed, 0600), 0);
	assert_null(observation_read(place->recording, NULL));
	assert_int_equal(unlink(place->observed), 0);
	assert_int_equal(symlink("/dev/zero", place->observed), 0);
	assert_null(observation_read(place->recording, NULL));
}

static void test_every_length_but_the_right_one(void **state)
{
	const struct place *place = *state;
	struct bytes bytes;
	size_t size;

	write_example(place);
	bytes = load(place->observed);
	for (size = 0; size < bytes.size; size++)
		assert_false(is_taken(place, bytes.at, size));
	assert_true(is_taken(place, bytes.at, bytes.size));
	bytes.at = realloc(bytes.at, bytes.size + 1);
	bytes.at[bytes.size] = 0;
	assert_false(is_taken(place, bytes.at, bytes.size + 1));
	free(bytes.at);
}

/* Of another finleak, or of a machine of another kind. */
static void test_foreign_head(void **state)
{
	const struct place *place = *state;
	struct bytes bytes;
	size_t i;

	write_example(place);
	bytes = load(place->observed);
	for (i = 0; i < COUNTS_AT; i++) {
		bytes.at[i] ^= 1;
		if (is_taken(place, bytes.at, bytes.size))
			fail_msg("byte %zu of the head does not matter", i);
		bytes.at[i] ^= 1;
	}
	free(bytes.at);
}

static void test_counts_too_large(void **state)
{
	static const uint32_t counts[] = { SOCKETS + 1, 0x10000,    1u << 22,  (1u << 22) + 1,
					   0x7fffffff,  0x80000000, UINT32_MAX };
	const struct place *place = *state;
	struct bytes bytes;
	size_t table, i;

	write_example(place);
	bytes = load(place->observed);
	for (table = 0; table < 4; table++) {
		uint8_t *count = bytes.at + COUNTS_AT + table * sizeof(uint32_t);
		uint32_t right;

		memcpy(&right, count, sizeof(right));
		for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			memcpy(count, &counts[i], sizeof(counts[i]));
			assert_false(is_taken(place, bytes.at, bytes.size));
		}
		memcpy(count, &right, sizeof(right));
	}
	assert_true(is_taken(place, bytes.at, bytes.size));
	free(bytes.at);
}

/* Pointers of the process that wrote it, and counts there: none of them is believed. */
static void test_pointers_in_the_file(void **state)
{
	const struct place *place = *state;
	struct observation *read, inside;
	struct bytes bytes;

	write_example(place);
	bytes = load(place->observed);
	memcpy(&inside, bytes.at + OBSERVATION_AT, sizeof(inside));
	inside.sockets = (void *)0x41414141;
	inside.listeners = (void *)0x41414141;
	inside.holders = (void *)0x41414141;
	inside.pollers = (void *)0x41414141;
	inside.threads = (void *)0x41414141;
	inside.scripts = (void *)0x41414141;
	inside.texts = (void *)0x41414141;
	inside.socket_count = inside.listener_count = inside.holder_count = inside.poller_count =
		inside.thread_count = inside.script_count = inside.text_size = SIZE_MAX;
	memcpy(bytes.at + OBSERVATION_AT, &inside, sizeof(inside));
	store(place->observed, bytes.at, bytes.size);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	assert_int_equal(read->socket_count, SOCKETS);
	assert_int_equal(read->sockets[0].cookie, 100);
	observation_free(read);
	free(bytes.at);
}

static struct observed_socket *socket_in(struct bytes bytes, size_t i)
{
	return (void *)(bytes.at + FIRST_SOCKET_AT + i * sizeof(struct observed_socket));
}

static void test_rows_that_do_not_hold(void **state)
{
	const struct place *place = *state;
	struct bytes bytes;

	write_example(place);
	bytes = load(place->observed);
	socket_in(bytes, 2)->cookie = 1; /* out of order: a search would not find it */
	assert_false(is_taken(place, bytes.at, bytes.size));
	socket_in(bytes, 2)->cookie = 102;
	socket_in(bytes, 1)->state = OBSERVED_STATES;
	assert_false(is_taken(place, bytes.at, bytes.size));
	socket_in(bytes, 1)->state = KERNEL_CLOSE_WAIT;
	assert_true(is_taken(place, bytes.at, bytes.size));
	free(bytes.at);
}

static void test_lines_of_scripts(void **state)
{
	const struct place *place = *state;
	struct script_place script;
	struct observed_script *row;
	struct observation *read;
	struct bytes bytes;
	size_t texts;

	write_example(place);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	texts = read->text_size;
	assert_true(observation_script(read, read->threads[0].pc[0], &script));
	assert_string_equal(script.language, "python");
	assert_string_equal(script.file, "a.py");
	assert_string_equal(script.function, "f");
	assert_int_equal(script.line, 3);
	assert_false(observation_script(read, read->threads[0].pc[0] + 1, &script));
	assert_false(observation_script(read, read->threads[0].pc[1], &script));
	observation_free(read);
	/* Texts end in the file, and rows begin there. */
	bytes = load(place->observed);
	bytes.at[bytes.size - 1] = 'x';
	assert_false(is_taken(place, bytes.at, bytes.size));
	bytes.at[bytes.size - 1] = '\0';
	row = (void *)(bytes.at + bytes.size - texts - sizeof(*row));
	row->function = 14;
	assert_false(is_taken(place, bytes.at, bytes.size));
	row->function = 12;
	assert_true(is_taken(place, bytes.at, bytes.size));
	free(bytes.at);
}

/* From one sample to the next: rows have other numbers there. */
static void test_a_stack_is_copied_with_its_lines(void **state)
{
	const struct script_place other = { "python", "b.py", "g", 9 };
	struct observation from = example(), to = { .pid = 10 };
	struct observed_thread thread = { .thread = 12 };
	struct script_place script;

	(void)state;
	assert_int_equal(observation_script_row(&to, &other), 0);
	observation_copy_stack(&to, &thread, &from, &from.threads[0]);
	assert_int_equal(thread.frames, 2);
	assert_true(observation_script(&to, thread.pc[0], &script));
	assert_string_equal(script.file, "a.py");
	assert_true(thread.pc[1] == from.threads[0].pc[1]);
	assert_int_equal(observation_script_row(&to, &other), 0);
	assert_int_equal(to.script_count, 2);
	free(to.scripts);
	free(to.texts);
}

static void test_texts_without_end(void **state)
{
	const struct place *place = *state;
	struct observed_listener *listener;
	struct observed_holder *holder;
	struct observed_poller *poller;
	struct observed_thread *thread;
	struct observation *read;
	struct bytes bytes;

	write_example(place);
	bytes = load(place->observed);
	listener = (void *)socket_in(bytes, SOCKETS);
	memset(listener->thread, 'x', sizeof(listener->thread));
	holder = (void *)(listener + LISTENERS);
	memset(holder->command, 'x', sizeof(holder->command));
	poller = (void *)(holder + HOLDERS);
	memset(poller->doing, 'x', sizeof(poller->doing));
	thread = (void *)(poller + POLLERS);
	memset(thread->doing, 'x', sizeof(thread->doing));
	store(place->observed, bytes.at, bytes.size);
	read = observation_read(place->recording, NULL);
	assert_non_null(read);
	assert_int_equal(strlen(read->listeners[0].thread), sizeof(listener->thread) - 1);
	assert_int_equal(strlen(read->holders[0].command), sizeof(holder->command) - 1);
	assert_int_equal(strlen(read->pollers[0].doing), sizeof(poller->doing) - 1);
	assert_int_equal(strlen(read->threads[0].doing), sizeof(thread->doing) - 1);
	observation_free(read);
	free(bytes.at);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(test_comes_back),
		IN_A_FOLDER(test_empty_one_comes_back),
		IN_A_FOLDER(test_rows_are_found_in_any_order),
		IN_A_FOLDER(test_more_threads_than_are_asked),
		IN_A_FOLDER(test_new_one_replaces_the_old),
		IN_A_FOLDER(test_old_drafts),
		IN_A_FOLDER(test_what_cannot_be_written),
		IN_A_FOLDER(test_what_is_no_file),
		IN_A_FOLDER(test_every_length_but_the_right_one),
		IN_A_FOLDER(test_foreign_head),
		IN_A_FOLDER(test_counts_too_large),
		IN_A_FOLDER(test_pointers_in_the_file),
		IN_A_FOLDER(test_rows_that_do_not_hold),
		IN_A_FOLDER(test_lines_of_scripts),
		cmocka_unit_test(test_a_stack_is_copied_with_its_lines),
		IN_A_FOLDER(test_texts_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
