/* SPDX-License-Identifier: MIT */
/*
 * What `finleak run` makes of files that appear beside the recordings: whoever may write there may
 * put anything into them and into their names.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/launch/process_watch.h"
#include "tests/unit/recording_builder.h"

/* It is mapped here, as the recorder is in a recorded program. */
#define LIBRARY "/libc.so.6"

struct stage {
	char *folder;
	struct process_watch *watch;
	struct recording_builder *recording; /* of this process, without an end */
	char path[192];
};

static int begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->folder = builder_new_folder();
	stage->watch = process_watch_begin(stage->folder, LIBRARY);
	assert_non_null(stage->watch);
	stage->recording = malloc(sizeof(*stage->recording));
	builder_begin(stage->recording, (int)getpid(), (int)getppid());
	stage->recording->header.end = END_NONE;
	*state = stage;
	return 0;
}

static int end(void **state)
{
	struct stage *stage = *state;

	process_watch_end(stage->watch);
	builder_remove_folder(stage->folder);
	free(stage->recording);
	free(stage);
	return 0;
}

/* The path of NAME in the folder, until the next call. */
static const char *place(struct stage *stage, const char *name)
{
	snprintf(stage->path, sizeof(stage->path), "%s/%s", stage->folder, name);
	return stage->path;
}

static const char *own_place(struct stage *stage)
{
	char name[64];

	snprintf(name, sizeof(name), "own.%d.1" RECORDING_SUFFIX, (int)getpid());
	return place(stage, name);
}

static size_t count_running(const struct stage *stage)
{
	struct observed_program *programs;
	size_t count;

	programs = process_watch_running(stage->watch, &count);
	observed_programs_free(programs, count);
	return count;
}

static struct recording_header header_of(const char *path)
{
	struct recording_header header = { .ready = 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, &header, sizeof(header)), sizeof(header));
	close(fd);
	return header;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Closing what was open for writing is how an end shows. */
static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);

	assert_true(fd >= 0);
	close(fd);
}

static void test_process_is_watched(void **state)
{
	struct stage *stage = *state;

	builder_write(stage->recording, own_place(stage));
	process_watch_check(stage->watch);
	assert_int_equal(count_running(stage), 1);
	assert_true(process_watch_knows(stage->watch, (int)getpid()));
	assert_false(process_watch_knows(stage->watch, (int)getppid()));
}

/* Names that no recorder gives name no process. */
static void test_names(void **state)
{
	static const char *const names[] = {
		"a" RECORDING_SUFFIX,
		"1" RECORDING_SUFFIX,
		"a.0.1" RECORDING_SUFFIX,
		"a.-5.1" RECORDING_SUFFIX,
		"a.99999999999.1" RECORDING_SUFFIX,
		"a.18446744073709551617.1" RECORDING_SUFFIX,
		"a.1x.1" RECORDING_SUFFIX,
		"a..1" RECORDING_SUFFIX,
		"a.1.1" RECORDING_STARTING,
		RECORDING_SUFFIX,
		"\x1b[2J.1.finleak.",
	};
	struct stage *stage = *state;
	size_t count, i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		write_text(place(stage, names[i]), "x");
		process_watch_check(stage->watch);
		assert_int_equal(unlink(stage->path), 0);
	}
	process_watch_check(stage->watch);
	assert_int_equal(count_running(stage), 0);
	assert_false(process_watch_knows(stage->watch, 1));
	process_watch_removed(stage->watch, &count);
	assert_int_equal(count, 0);
}

/* A process that does not have the recorder can't be the one of a recording. */
static void test_process_of_another(void **state)
{
	struct stage *stage = *state;
	char name[64];

	/* Its own maps are another's, or it has none. */
	snprintf(name, sizeof(name), "a.%d.1" RECORDING_SUFFIX, 2);
	builder_write(stage->recording, place(stage, name));
	process_watch_check(stage->watch);
	assert_int_equal(count_running(stage), 0);
}

/* Nothing is waited for, and nothing written but into a recording. */
static void test_files_that_are_none(void **state)
{
	struct stage *stage = *state;
	struct stat status;

	assert_int_equal(mkfifo(place(stage, "a.1.1" RECORDING_SUFFIX), 0600), 0);
	assert_int_equal(mkdir(place(stage, "b.1.1" RECORDING_SUFFIX), 0700), 0);
	write_text(place(stage, "c.1.1" RECORDING_SUFFIX), "FINLEAK");
	write_text(place(stage, "d.1.1" RECORDING_SUFFIX), "");
	process_watch_check(stage->watch);
	touch(place(stage, "c.1.1" RECORDING_SUFFIX));
	process_watch_check(stage->watch);
	assert_int_equal(stat(stage->path, &status), 0);
	assert_int_equal(status.st_size, 7);
	assert_int_equal(stat(place(stage, "d.1.1" RECORDING_SUFFIX), &status), 0);
	assert_int_equal(status.st_size, 0);
	assert_int_equal(rmdir(place(stage, "b.1.1" RECORDING_SUFFIX)), 0);
}

/* A link leads to a file that is not of this run, and a FIFO to nobody. */
static void test_names_of_a_running_process(void **state)
{
	struct stage *stage = *state;
	char elsewhere[192], fifo[192];

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", stage->folder);
	snprintf(fifo, sizeof(fifo), "%s/fifo.%d.1" RECORDING_SUFFIX, stage->folder, (int)getpid());
	builder_write(stage->recording, elsewhere);
	assert_int_equal(symlink(elsewhere, own_place(stage)), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	process_watch_check(stage->watch);
	assert_int_equal(count_running(stage), 1); /* the later one of a process counts */
	process_watch_stamp_signal(stage->watch, SIGTERM);
	assert_int_equal(header_of(elsewhere).signalled_ns, 0);
}

/* A damaged header is left as it is. */
static void test_what_is_not_stamped(void **state)
{
	struct stage *stage = *state;
	struct recording_header *header = &stage->recording->header;

	header->version++;
	builder_write(stage->recording, place(stage, "b.1.1" RECORDING_SUFFIX));
	process_watch_check(stage->watch);
	assert_int_equal(header_of(stage->path).reaped_ns, 0);
	header->version--;
	header->ready = 0;
	builder_write(stage->recording, place(stage, "c.1.1" RECORDING_SUFFIX));
	process_watch_check(stage->watch);
	assert_int_equal(header_of(stage->path).reaped_ns, 0);
	header->ready = 1;
	header->end = END_EXIT;
	builder_write(stage->recording, place(stage, "d.1.1" RECORDING_SUFFIX));
	process_watch_check(stage->watch);
	assert_int_equal(header_of(stage->path).reaped_ns, 0);

	/* The same without a fault. */
	header->end = END_NONE;
	builder_write(stage->recording, place(stage, "e.1.1" RECORDING_SUFFIX));
	process_watch_check(stage->watch);
	assert_int_not_equal(header_of(stage->path).reaped_ns, 0);
}

/* What was removed, or moved away, is not forgotten. */
static void test_removed(void **state)
{
	const struct unrecorded *removed;
	struct stage *stage = *state;
	char aside[192];
	size_t count;

	builder_write(stage->recording, place(stage, "gone.1.1" RECORDING_SUFFIX));
	process_watch_check(stage->watch);
	assert_int_equal(unlink(stage->path), 0);
	builder_write(stage->recording, own_place(stage));
	process_watch_check(stage->watch);
	snprintf(aside, sizeof(aside), "%s/aside", stage->folder);
	assert_int_equal(rename(stage->path, aside), 0);
	process_watch_check(stage->watch);
	removed = process_watch_removed(stage->watch, &count);
	assert_int_equal(count, 2);
	assert_string_equal(removed[0].command, "gone");
	assert_int_equal(removed[0].pid, 1);
	assert_string_equal(removed[0].reason, "its recording was removed");
	assert_int_equal(removed[1].pid, (int)getpid());
	assert_true(removed[1].reason[0] != '\0');
}

/* A signal that is repeated at once asks for the same end; one of another kind after SIGHUP does
 * not. */
static void test_stamped_signals(void **state)
{
	struct stage *stage = *state;
	uint64_t first;

	builder_write(stage->recording, own_place(stage));
	process_watch_check(stage->watch);
	process_watch_stamp_signal(stage->watch, SIGHUP);
	first = header_of(own_place(stage)).signalled_ns;
	/* It was closed after writing, and so has ended by what is known. */
	if (header_of(own_place(stage)).reaped_ns == 0)
		assert_int_not_equal(first, 0);
	process_watch_stamp_signal(stage->watch, SIGHUP);
	assert_int_equal(header_of(own_place(stage)).signalled_ns, first);
	process_watch_stamp_signal(stage->watch, SIGTERM);
	assert_true(header_of(own_place(stage)).signalled_ns > first);
}

static void test_folder_that_is_none(void **state)
{
	(void)state;
	assert_null(process_watch_begin("/nowhere", LIBRARY));
	assert_int_equal(errno, ENOENT);
	assert_null(process_watch_begin("/dev/null", LIBRARY));
	assert_int_equal(errno, ENOTDIR);
	process_watch_end(NULL);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_process_is_watched),
		ON_STAGE(test_names),
		ON_STAGE(test_process_of_another),
		ON_STAGE(test_files_that_are_none),
		ON_STAGE(test_names_of_a_running_process),
		ON_STAGE(test_what_is_not_stamped),
		ON_STAGE(test_removed),
		ON_STAGE(test_stamped_signals),
		cmocka_unit_test(test_folder_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
