/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/regular_file.h"
#include "tests/unit/recording_builder.h"

struct place {
	char *folder;
	char path[256];
};

static int begin(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	place->folder = builder_new_folder();
	snprintf(place->path, sizeof(place->path), "%s/file", place->folder);
	*state = place;
	return 0;
}

static int end(void **state)
{
	struct place *place = *state;

	unlink(place->path);
	builder_remove_folder(place->folder);
	free(place);
	return 0;
}

static void assert_refused(const char *path, int failure)
{
	struct stat status;

	assert_int_equal(regular_file_open(path, &status), -1);
	assert_int_equal(errno, failure);
}

static void test_a_file_is_opened_through_links_too(void **state)
{
	const struct place *place = *state;
	char link[300], text[8] = "";
	struct stat status;
	int fd = open(place->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, "text", 4), 4);
	close(fd);
	snprintf(link, sizeof(link), "%s/link", place->folder);
	assert_int_equal(symlink("file", link), 0);
	fd = regular_file_open(link, &status);
	assert_true(fd >= 0);
	assert_int_equal(status.st_size, 4);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "text");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	unlink(link);
}

/* Opening one would wait for a writer, and let one that waits go on. */
static void test_a_fifo_is_not_opened_for_a_moment(void **state)
{
	const struct place *place = *state;

	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_refused(place->path, EINVAL);
	/* Nobody reads it, nor did. */
	assert_int_equal(open(place->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
	assert_int_equal(errno, ENXIO);
}

static void test_devices_and_folders_are_refused(void **state)
{
	const struct place *place = *state;

	assert_refused("/dev/null", EINVAL);
	assert_refused("/dev/tty", EINVAL);
	assert_refused(place->folder, EINVAL);
	assert_int_equal(symlink("/dev/zero", place->path), 0);
	assert_refused(place->path, EINVAL);
}

static void test_why_there_is_none_is_said(void **state)
{
	const struct place *place = *state;

	assert_refused(place->path, ENOENT);
	assert_int_equal(symlink("file", place->path), 0);
	assert_refused(place->path, ELOOP);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(test_a_file_is_opened_through_links_too),
		IN_A_FOLDER(test_a_fifo_is_not_opened_for_a_moment),
		IN_A_FOLDER(test_devices_and_folders_are_refused),
		IN_A_FOLDER(test_why_there_is_none_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
